// Kills one server of each cluster of compose.cluster.yaml under load, and prints what clients saw.
import { ok } from 'node:assert/strict';
import { sleep } from '../../shared/src/async/sleep.ts';
import { check, summary, until } from './checks.ts';
import { compose } from './compose.ts';
import { ask, listedIds, meows, post } from './requests.ts';
import { watch } from './watcher.ts';

const WARM_UP_MS = 3000;
const AFTER_LOSS_MS = 15_000;
const RECOVERED_MS = 3000;
const PAUSE_MS = 100;
/** Clients that post; as many ask for the list. */
const CLIENTS = 3;

interface Seen {
  answered: string[];
  failed: number;
  longestGapMs: number;
}

/** Repeats a request until told to stop; `longestGapMs` is between two answers of any client. */
async function load(request: () => Promise<string>, stopped: () => boolean): Promise<Seen> {
  const seen: Seen = { answered: [], failed: 0, longestGapMs: 0 };
  let lastMs = performance.now();
  const client = async () => {
    while (!stopped()) {
      try {
        seen.answered.push(await request());
        seen.longestGapMs = Math.max(seen.longestGapMs, performance.now() - lastMs);
        lastMs = performance.now();
      } catch {
        seen.failed++; // counted: the table has it
      }
      await sleep(PAUSE_MS);
    }
  };
  await Promise.all(Array.from({ length: CLIENTS }, client));
  return seen;
}

const rows: string[][] = [];
const of = ({ answered, failed }: Seen) => `${failed} of ${answered.length + failed}`;
const seconds = (ms: number) => (ms / 1000).toFixed(1);

async function lose(title: string, service: string, signal = 'KILL'): Promise<void> {
  await check(`${title}: nothing is lost or doubled`, async () => {
    const watcher = await watch();
    let isOver = false;
    const stopped = () => isOver;
    let frames = 0;
    let frameAtMs = performance.now();
    let frameGapMs = 0;
    const counting = setInterval(() => {
      if (watcher.ids.length === frames) return;
      frameGapMs = Math.max(frameGapMs, performance.now() - frameAtMs);
      [frames, frameAtMs] = [watcher.ids.length, performance.now()];
    }, 20);
    const posts = load(() => post(crypto.randomUUID()), stopped);
    const lists = load(async () => String((await meows('/meows')).length), stopped);
    const searches = load(
      async () => (await ask('/search?query=cat')).headers.get('x-degraded') ?? '',
      stopped,
    );
    try {
      await sleep(WARM_UP_MS);
      await compose('kill', '--signal', signal, service);
      await sleep(AFTER_LOSS_MS);
      await compose('start', service);
      await sleep(RECOVERED_MS);
    } finally {
      isOver = true;
    }
    const [posted, listed, searched] = await Promise.all([posts, lists, searches]);
    await until(async () => posted.answered.every((id) => watcher.ids.includes(id)));
    clearInterval(counting);
    watcher.close();
    const all = await listedIds();
    const lost = posted.answered.filter((id) => !all.includes(id)).length;
    const doubled = watcher.ids.length - new Set(watcher.ids).size;
    rows.push([
      title,
      of(posted),
      seconds(posted.longestGapMs),
      of(listed),
      seconds(listed.longestGapMs),
      `${searched.answered.filter((degraded) => degraded !== '').length} of ${searched.answered.length}`,
      seconds(frameGapMs),
      String(lost),
      String(doubled),
    ]);
    ok(lost === 0 && doubled === 0, `${lost} lost, ${doubled} doubled`);
  });
}

async function leaderOfStream(): Promise<string> {
  const url = 'http://127.0.0.1:8222/jsz?streams=1';
  const {
    account_details: [account],
  } = JSON.parse(await compose('exec', '-T', 'nats', 'wget', '-qO-', url)) as {
    account_details: { stream_detail: { name: string; cluster: { leader: string } }[] }[];
  };
  return account?.stream_detail.find(({ name }) => name === 'MEOW')?.cluster.leader ?? 'nats';
}

await lose('leader of NATS killed', await leaderOfStream());
await lose('leader of NATS stopped', await leaderOfStream(), 'TERM');
await lose('replica of Postgres killed', 'postgres-replica');
await lose('primary of Postgres killed', 'postgres');
await lose('Elasticsearch killed, its only node', 'elasticsearch');

const head = [
  '',
  'posts failed',
  'gap, s',
  'lists failed',
  'gap, s',
  'searches degraded',
  'frames: gap, s',
  'lost',
  'doubled',
];
for (const row of [head, head.map(() => '---'), ...rows]) console.log(`| ${row.join(' | ')} |`);
process.exit(summary() ? 0 : 1);
