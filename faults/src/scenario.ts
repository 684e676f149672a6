import { execFile } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { judge } from './checker/checker.ts';
import type { Found, History, Search } from './checker/history.ts';
import { startLoad } from './clients/load.ts';
import { wordOf } from './clients/meow-texts.ts';
import { openPage } from './clients/page.ts';
import { createNemesis } from './nemesis/nemesis.ts';
import type { Round, Topology } from './nemesis/plan.ts';
import { createReport, type Report } from './report/report.ts';
import { createRandom, type Random } from './seeded-random.ts';
import { administrate, type Names } from './system/admin-client.ts';
import type { Parts } from './system/dependencies.ts';
import { readList, search } from './system/query-client.ts';
import { awaitReady, awaitRecovery, awaitRest } from './system/recovery.ts';
import { environment, type Mains, republishCommand, type System, startSystem } from './system/system.ts';

export interface TrialOptions {
  name: string;
  seed: number;
  mains: Mains;
  /** Ends by itself or, when `durationMs` is over, after the round that is under way. */
  plan(topology: Topology): Iterable<Round>;
  durationMs: number;
  /** How long to wait after each round for the system to be whole again, in milliseconds; 0 does not wait. */
  recoveryMs: number;
  postsPerSecond: number;
  pages: number;
  searches: number;
  folder: string;
  firstPort: number;
  say(line: string): void;
  /** Ends the trial after the round that is under way: it rejects. */
  signal: AbortSignal;
}

const SEARCHES_AT_ONCE = 4;
const REPUBLISH_TIMEOUT_MS = 300_000;
const START_TIMEOUT_MS = 60_000;
/** So that each round finds everything at rest. */
const QUIET_MS = 2000;

/** Runs the whole system under load while faults are injected, waits until everything has come to rest, and judges what was seen. */
export async function runTrial(parts: Parts, options: TrialOptions): Promise<Report> {
  const { name, seed, mains, plan, durationMs, folder, firstPort, say, signal } = options;
  const names: Names = { database: `faults_${name}`, index: `faults-${name}`.replaceAll('_', '-') };
  const administration = administrate(parts, names);
  await administration.prepare();

  await using opened = new AsyncDisposableStack();
  const system = await startSystem({ parts, names, mains, folder: `${folder}/${name}`, firstPort });
  opened.defer(() => system.close());
  await awaitReady(system);

  const { urls } = system;
  const load = startLoad({
    urls: urls.meow,
    postsPerSecond: options.postsPerSecond,
    random: createRandom(seed, 'load'),
  });
  opened.defer(() => load.stop());
  const pages = Array.from({ length: options.pages }, (_, i) =>
    openPage({
      name: `page ${i + 1}`,
      pusherUrls: urls.pusher.map((url) => url.replace('http', 'ws')),
      queryUrls: urls.query,
      random: createRandom(seed, `page ${i}`),
      // The last one has its laptop closed for long.
      awayMs: i === options.pages - 1 ? 30_000 : 2000,
    }),
  );
  for (const page of pages) opened.defer(() => page.close());

  const report = createReport(name, seed, say);
  const republish = async () => {
    await promisify(execFile)(process.execPath, [republishCommand], {
      env: { ...environment(names, parts.ports), PATH: process.env.PATH },
      timeout: REPUBLISH_TIMEOUT_MS,
    });
  };
  const nemesis = createNemesis({ system, administration, republish });
  await awaitRecovery(system, load, pages, options.recoveryMs || START_TIMEOUT_MS);
  const recovery = async () => {
    if (options.recoveryMs > 0) await awaitRecovery(system, load, pages, options.recoveryMs);
  };
  const until = performance.now() + durationMs;
  for (const round of plan(system.topology)) {
    if (performance.now() > until) break;
    await report.round(round, () => nemesis.strike(round), recovery);
    await sleep(QUIET_MS);
    signal.throwIfAborted();
  }

  await load.stop();
  for (const page of pages) page.calm();
  const stuck = await awaitRest(system, administration, load, pages);
  const listed = await readList(urls.query[0] as string);
  const history: History = {
    posts: load.posts,
    listed,
    indexed: await administration.indexed(),
    searches: await searchFor(
      sampled(listed, options.searches, createRandom(seed, 'search')),
      urls.query[0] as string,
    ),
    pages: pages.map((page) => page.history),
  };
  return report.finish({
    history,
    verdict: judge(history),
    stuck,
    dead: await administration.dead(),
    ends: endsOf(system),
  });
}

/** Searches each by its own word. */
async function searchFor(meows: readonly Found[], url: string): Promise<Search[]> {
  const searches: Search[] = [];
  const waiting = meows.values();
  const searcher = async () => {
    for (const { id, body } of waiting) {
      const results = await search(url, wordOf(body));
      searches.push({ id, found: results.filter((meow) => meow.body === body).map((meow) => meow.id) });
    }
  };
  await Promise.all(Array.from({ length: SEARCHES_AT_ONCE }, searcher));
  return searches;
}

function sampled<T>(items: readonly T[], count: number, random: Random): T[] {
  if (items.length <= count) return [...items];
  return Array.from({ length: count }, () => random.oneOf(items));
}

function endsOf({ services }: System): Record<string, number> {
  const ends: Record<string, number> = {};
  for (const service of services)
    for (const [how, count] of Object.entries(service.ends)) ends[how] = (ends[how] ?? 0) + count;
  return ends;
}
