import { setTimeout as sleep } from 'node:timers/promises';
import type { Question } from '../benchmark.ts';
import { startHttpLoad } from '../load/http-load.ts';
import { postMeow } from '../load/http-requests.ts';
import { alternate } from '../rounds.ts';
import { plainRow } from '../rows.ts';
import { startProduct } from '../servers/start-server.ts';
import { figure } from '../statistics.ts';

const PER_SECOND = 2000;
const SAMPLE_EVERY_MS = 300;
const ASK_EVERY_MS = 25;
const GIVE_UP_MS = 30_000;

/** How long after it was posted is a meow found, while many are posted? */
export const searchable: Question = {
  name: 'searchable',
  needs: ['elasticsearch'],
  async ask({ places, rounds, seconds, nodeArgs, progress }) {
    await using opened = new AsyncDisposableStack();
    const database = opened.use((await places.database()) ?? null);
    const stream = opened.use((await places.stream()) ?? null);
    const index = opened.use((await places.index()) ?? null);
    const place = { database: database?.config, stream: stream?.config, index: index?.config };
    const { port } = opened.use(await startProduct({ services: ['meow', 'query'], place }, nodeArgs));
    const load = opened.use(await startHttpLoad());

    let samples = 0;
    /** Posts a meow with a word of its own and asks for it until it is there. */
    const sample = async (): Promise<number> => {
      const word = `qz${(samples++).toString(36)}${process.pid.toString(36)}x`.padEnd(12, 'k');
      await fetch(`http://127.0.0.1:${port}/meows?body=${word}`, { method: 'POST' });
      const postedAt = performance.now();
      for (;;) {
        const found = (await (
          await fetch(`http://127.0.0.1:${port}/search?query=${word}&take=1`)
        ).json()) as {
          body: string;
        }[];
        const ms = performance.now() - postedAt;
        if (found[0]?.body === word) return ms;
        if (ms > GIVE_UP_MS) throw new Error(`${word} is not found after ${GIVE_UP_MS} ms`);
        await sleep(ASK_EVERY_MS);
      }
    };
    const round = async () => {
      const duration = Math.max(seconds, 3);
      const requests = [postMeow('one of many meows')];
      const posting = load.run({
        port,
        connections: 32,
        seconds: duration,
        requests,
        status: 200,
        pace: PER_SECOND,
      });
      const found: Promise<number>[] = [];
      for (let ms = 0; ms < duration * 1000; ms += SAMPLE_EVERY_MS) {
        found.push(sample());
        await sleep(SAMPLE_EVERY_MS);
      }
      const delays = figure(await Promise.all(found));
      return { median: delays.median, max: delays.max, perSecond: (await posting).perSecond ?? Number.NaN };
    };
    const what = `posted to searchable, ${PER_SECOND.toLocaleString('en')} posts/s, refresh every 1 s`;
    const measured = await alternate([{ name: 'product', round }], { rounds, progress, what });
    const row = { question: 'searchable', unit: 'ms' };
    return [
      plainRow(measured, { ...row, measure: `${what}: half within`, of: 'median' }),
      plainRow(measured, {
        ...row,
        measure: `${what}: all samples within`,
        of: 'max',
        reach: { atMost: 1500 },
      }),
      plainRow(measured, { ...row, measure: 'posts taken meanwhile', unit: 'req/s', of: 'perSecond' }),
    ];
  },
};
