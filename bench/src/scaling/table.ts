import { createRandom } from '../../../faults/src/seeded-random.ts';
import { type Demand, type Measured, plan } from './plan.ts';
import { simulatePusher } from './simulate.ts';

/** Of bench/README.md, by the names of its rows. Throws if one is missing. */
export function readMeasured(readme: string): Measured {
  const row = (measure: string) => {
    const line = readme.split('\n').find((text) => text.startsWith(`| ${measure} `));
    const value = Number(line?.split('|')[2]?.trim().split(' ')[0]?.replaceAll(',', ''));
    if (!Number.isFinite(value)) throw new Error(`bench/README.md has no row "${measure}"`);
    return value;
  };
  return {
    posts: row('POST /meows, 256 clients'),
    events: row('outbox to stream, 10,000 events'),
    indexed: row('a backlog of 1,000,000 events, indexed'),
    lists: row('GET /meows, 100 rows, 64 clients'),
    searches: row('GET /search, 8 clients, 1,000,000 meows'),
    writes: row('a single meow, 10,000 sockets'),
    socketBytes: (row('100,000 sockets, 6 pushers: memory of the pushers') * 1e9) / 100_000,
  };
}

const page = { listsPerMinute: 0.5, searchesPerMinute: 0.1 };
const SCENARIOS: Demand[] = [
  { sockets: 1000, posts: 20, share: 1, meows: 1e6, ...page },
  { sockets: 10_000, posts: 5, share: 1, meows: 1e6, ...page },
  { sockets: 100_000, posts: 20, share: 1, meows: 1e7, ...page },
  { sockets: 1_000_000, posts: 20, share: 1, meows: 1e8, ...page },
  { sockets: 1_000_000, posts: 1000, share: 1, meows: 1e9, ...page },
  { sockets: 1_000_000, posts: 100_000, share: 1 / 10_000, meows: 1e10, ...page },
];

const number = (value: number) => value.toLocaleString('en', { maximumSignificantDigits: 3 });
/** "1 of 10,000", or "all". */
const shareOf = (share: number) => (share === 1 ? 'all' : `1 of ${number(1 / share)}`);

export function scalingTable(measured: Measured): string {
  const head = [
    'sockets',
    'posts/s',
    'a page gets',
    'meow',
    'Postgres',
    'streams',
    'query',
    'Elasticsearch',
    'pusher',
  ];
  const more = ['memory of pushers', 'to browsers', 'saturates first'];
  const rows = SCENARIOS.map((demand) => {
    const { pusherGb, egressGbit, saturatesFirst, ...counts } = plan(measured, demand);
    const { meow, postgres, streams, query, elasticsearch, pusher } = counts;
    return [
      ...[number(demand.sockets), number(demand.posts), shareOf(demand.share)],
      ...[meow, postgres, streams, query, elasticsearch, pusher].map(number),
      ...[`${number(pusherGb)} GB`, `${number(egressGbit)} Gbit/s`, saturatesFirst],
    ];
  });
  return markdown([...head, ...more], rows);
}

const SIMULATED_SECONDS = 60;

/** The pushers of that table for a minute of random meows, all of them and without one. */
export function simulationTable(measured: Measured): string {
  const head = [
    'sockets',
    'posts/s',
    'pushers',
    'busy',
    'half within',
    '99 % within',
    'without one: busy',
    '99 % within',
  ];
  const rows = SCENARIOS.map((demand) => {
    const { pusher } = plan(measured, demand);
    const simulate = (pushers: number) =>
      simulatePusher(measured, demand, { pushers, seconds: SIMULATED_SECONDS, random: createRandom(1) });
    const all = simulate(pusher);
    const rest = pusher > 1 ? simulate(pusher - 1) : undefined;
    return [
      ...[demand.sockets, demand.posts, pusher].map(number),
      ...[percent(all.busy), milliseconds(all.halfWithinMs), milliseconds(all.mostWithinMs)],
      ...(rest ? [percent(rest.busy), milliseconds(rest.mostWithinMs)] : ['none is left', '']),
    ];
  });
  return markdown(head, rows);
}

const percent = (share: number) => `${Math.round(100 * share)} %`;
const milliseconds = (ms: number) => `${number(ms)} ms`;

function markdown(head: string[], rows: string[][]): string {
  return [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}
