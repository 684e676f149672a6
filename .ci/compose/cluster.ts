// Kills one server of each cluster of compose.cluster.yaml under load, and prints what clients saw.
import { deepEqual } from 'node:assert/strict';
import { sleep } from '../../shared/src/async/sleep.ts';
import { waitUntil } from '../../shared/src/testing/wait-until.ts';
import { check, summary } from './checks.ts';
import { compose, docker } from './compose.ts';
import { describeLoad, type LoadReport, underLoad } from './load.ts';
import { listedIds } from './requests.ts';

const WARM_UP_MS = 3000;
const AWAY_MS = 12_000;
const RECOVERED_MS = 3000;
const HEALTHY_WITHIN_MS = 120_000;

const rows: string[][] = [];

/** `end` and `restore`: what is done to the container of a service. */
async function lose(title: string, service: string, end = ['kill'], restore = 'start'): Promise<void> {
  await check(`${title}: no meow is lost, no frame lost or doubled`, async () => {
    const report = await underLoad(async () => {
      await sleep(WARM_UP_MS);
      await compose(...end, service);
      await sleep(AWAY_MS);
      await compose(restore, service);
      await isHealthy(service);
      await sleep(RECOVERED_MS);
    });
    const listed = new Set(await listedIds());
    const missing = report.ids.filter((id) => !listed.has(id)).length;
    rows.push(rowOf(title, report, missing));
    console.log(`        ${describeLoad(report)}`);
    deepEqual([missing, report.unread, report.lost, report.doubled], [0, 0, 0, 0]);
  });
}

function rowOf(title: string, report: LoadReport, missing: number): string[] {
  const { requests, failed, longestGapMs, longestDelayMs, degraded, unread, lost, doubled } = report;
  const total = [...failed.values()].reduce((sum, count) => sum + count, 0);
  const why = [...failed].map(([problem, count]) => `${count} ${problem}`).join(', ');
  const seconds = (ms: number) => `${(ms / 1000).toFixed(1)} s`;
  return [
    title,
    `${total} of ${requests}${why && ` (${why})`}`,
    longestGapMs === 0 ? 'none' : seconds(longestGapMs),
    seconds(longestDelayMs),
    String(degraded),
    `${missing}, ${unread}`,
    `${lost}, ${doubled}`,
  ];
}

async function isHealthy(service: string): Promise<void> {
  const status = async () => {
    const id = (await compose('ps', '--quiet', service)).trim();
    return (await docker('inspect', '--format', '{{.State.Health.Status}}', id)).trim();
  };
  await waitUntil(async () => ((await status()) === 'healthy' ? undefined : `${service} is not healthy`), {
    timeoutMs: HEALTHY_WITHIN_MS,
    intervalMs: 1000,
  });
}

interface Jetstream {
  account_details?: { stream_detail?: { name: string; cluster?: { leader?: string } }[] }[];
}

async function leaderOfStream(): Promise<string> {
  let leader = '';
  const find = async () => {
    const answer = await compose('exec', '-T', 'nats', 'wget', '-qO-', 'http://127.0.0.1:8222/jsz?streams=1');
    const { account_details = [] } = JSON.parse(answer) as Jetstream;
    const streams = account_details.flatMap(({ stream_detail = [] }) => stream_detail);
    leader = streams.find(({ name }) => name === 'MEOW')?.cluster?.leader ?? '';
    return leader ? undefined : 'the stream has no leader';
  };
  await waitUntil(find, { timeoutMs: 60_000, intervalMs: 500 });
  return leader;
}

await lose('leader of NATS killed', await leaderOfStream());
await lose('leader of NATS stopped', await leaderOfStream(), ['stop']);
await lose('replica of Postgres killed', 'postgres-replica');
await lose('replica of Postgres paused', 'postgres-replica', ['pause'], 'unpause');
await lose('primary of Postgres killed', 'postgres');
await lose('one node of three of Elasticsearch killed', 'elasticsearch-2');

const head = [
  'action',
  'failed of all requests',
  'longest gap of a socket',
  'longest delay of a push',
  'searches degraded',
  'meows lost, not in a read after the post',
  'frames lost, doubled',
];
for (const row of [head, head.map(() => '---'), ...rows]) console.log(`| ${row.join(' | ')} |`);
process.exit(summary() ? 0 : 1);
