import { createMeowerClient } from '@meower/client/http-client.ts';
import { sleep } from '@meower/shared/async/sleep.ts';
import type { Benchmark } from '../benchmark.ts';
import { startHttpLoad } from '../load/http-load.ts';
import { postMeow } from '../load/http-requests.ts';
import { alternate } from '../rounds.ts';
import { valueRow } from '../rows.ts';
import { startProduct } from '../servers/start-server.ts';
import { summarize } from '../statistics.ts';

const PER_SECOND = 2000;
const SAMPLE_INTERVAL_MS = 300;
const POLL_INTERVAL_MS = 25;
const TIMEOUT_MS = 30_000;

/** How long after its post is a meow found by search, while many are posted? */
export const indexingDelay: Benchmark = {
  name: 'indexing-delay',
  needs: ['elasticsearch'],
  async run({ fixtures, rounds, seconds, nodeArgs, progress }) {
    await using dependencies = await fixtures('postgres', 'nats', 'elasticsearch');
    const { configs } = dependencies;
    await using product = await startProduct({ services: ['meow', 'query'], configs }, nodeArgs);
    await using load = await startHttpLoad();
    const meower = createMeowerClient(`http://127.0.0.1:${product.port}`);

    let samples = 0;
    /** Posts a meow with a unique word and searches for it until it is found. */
    const measureOne = async (): Promise<number> => {
      const word = `qz${(samples++).toString(36)}${process.pid.toString(36)}x`.padEnd(12, 'k');
      await meower.createMeow(word);
      const postedAt = performance.now();
      for (;;) {
        const [found] = (await meower.searchMeows(word, { skip: 0, take: 1 })).meows;
        const ms = performance.now() - postedAt;
        if (found?.body === word) return ms;
        if (ms > TIMEOUT_MS) throw new Error(`${word} is not found after ${TIMEOUT_MS} ms`);
        await sleep(POLL_INTERVAL_MS);
      }
    };
    const round = async () => {
      const duration = Math.max(seconds, 3);
      const posting = load.run({
        port: product.port,
        connections: 32,
        seconds: duration,
        requests: [postMeow('one of many meows')],
        status: 200,
        perSecond: PER_SECOND,
      });
      const delays: Promise<number>[] = [];
      for (let ms = 0; ms < duration * 1000; ms += SAMPLE_INTERVAL_MS) {
        delays.push(measureOne());
        await sleep(SAMPLE_INTERVAL_MS);
      }
      const { median, max } = summarize(await Promise.all(delays));
      return { median, max, perSecond: (await posting).perSecond ?? Number.NaN };
    };
    const label = `posted to searchable, ${PER_SECOND.toLocaleString('en')} posts/s, refresh every 1 s`;
    const results = await alternate([{ name: 'product', round }], { rounds, progress, label });
    return [
      valueRow(results, { measure: `${label}: half within`, unit: 'ms', metric: 'median' }),
      valueRow(results, {
        measure: `${label}: all samples within`,
        unit: 'ms',
        metric: 'max',
        target: { atMost: 1500 },
      }),
      valueRow(results, { measure: 'posts accepted meanwhile', unit: 'req/s', metric: 'perSecond' }),
    ];
  },
};
