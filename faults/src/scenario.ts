import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { sleep } from '@meower/shared/async/sleep.ts';
import { check } from './checker/checker.ts';
import type { Search, StoredMeow } from './checker/history.ts';
import { startLoad } from './clients/load.ts';
import { uniqueWordOf } from './clients/meow-texts.ts';
import { openPage } from './clients/page.ts';
import { createNemesis } from './nemesis/nemesis.ts';
import type { Round, Topology } from './nemesis/plan.ts';
import { createReport, type Report } from './report/report.ts';
import { createRandom, type Random } from './seeded-random.ts';
import { createAdminClient, type StorageNames } from './system/admin-client.ts';
import type { Dependencies } from './system/dependencies.ts';
import { listAllMeows, searchMeows } from './system/query-client.ts';
import { drain, waitForRecovery, waitUntilReady } from './system/recovery.ts';
import { environment, type Mains, republishCommand, type System, startSystem } from './system/system.ts';

export interface ScenarioOptions {
  name: string;
  seed: number;
  mains: Mains;
  /** The scenario ends with the plan, or with the round that is running after `durationMs`. */
  plan(topology: Topology): Iterable<Round>;
  durationMs: number;
  /** How long the system may take to recover after each round, in milliseconds; 0 does not wait for it. */
  recoveryMs: number;
  postsPerSecond: number;
  pages: number;
  searches: number;
  folder: string;
  firstPort: number;
  log(line: string): void;
  /** Aborts the scenario after the running round: it rejects. */
  signal: AbortSignal;
}

const CONCURRENT_SEARCHES = 4;
const REPUBLISH_TIMEOUT_MS = 300_000;
const START_TIMEOUT_MS = 60_000;
/** Between rounds, so that each begins with an idle system. */
const QUIET_MS = 2000;
const AWAY_MS = 2000;
const LONG_AWAY_MS = 30_000;

/** Runs the system under load, injects faults, waits until all events are processed, and checks what clients observed. */
export async function runScenario(dependencies: Dependencies, options: ScenarioOptions): Promise<Report> {
  const { name, seed, mains, plan, durationMs, folder, firstPort, log, signal } = options;
  const names: StorageNames = { database: `faults_${name}`, index: `faults-${name}`.replaceAll('_', '-') };
  const admin = createAdminClient(dependencies, names);
  await admin.reset();

  await using opened = new AsyncDisposableStack();
  const system = await startSystem({ dependencies, names, mains, folder: `${folder}/${name}`, firstPort });
  opened.defer(() => system.close());
  await waitUntilReady(system);

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
      maxAwayMs: i === options.pages - 1 ? LONG_AWAY_MS : AWAY_MS,
    }),
  );
  for (const page of pages) opened.defer(() => page.close());

  const report = createReport(name, seed, log);
  const republish = async () => {
    await promisify(execFile)(process.execPath, [republishCommand], {
      env: { ...environment(names, dependencies.ports), PATH: process.env.PATH },
      timeout: REPUBLISH_TIMEOUT_MS,
    });
  };
  const nemesis = createNemesis({ system, admin, republish });
  await waitForRecovery(system, load, pages, options.recoveryMs || START_TIMEOUT_MS);
  const recover = async () => {
    if (options.recoveryMs > 0) await waitForRecovery(system, load, pages, options.recoveryMs);
  };
  const endsAt = performance.now() + durationMs;
  for (const round of plan(system.topology)) {
    if (performance.now() > endsAt) break;
    await report.round(round, () => nemesis.inject(round), recover);
    await sleep(QUIET_MS);
    signal.throwIfAborted();
  }

  await load.stop();
  for (const page of pages) page.stayConnected();
  const unfinished = await drain(system, admin, load, pages);
  const queryUrl = urls.query[0] as string;
  const listed = await listAllMeows(queryUrl);
  const history = {
    posts: load.posts,
    listed,
    indexed: await admin.readIndex(),
    searches: await searchForEach(sample(listed, options.searches, createRandom(seed, 'search')), queryUrl),
    pages: pages.map((page) => page.history),
  };
  return report.finish({
    history,
    verdict: check(history),
    unfinished,
    deadLetters: await admin.countDeadLetters(),
    exits: exitsOf(system),
  });
}

/** Searches for each meow by its unique word. */
async function searchForEach(meows: readonly StoredMeow[], url: string): Promise<Search[]> {
  const searches: Search[] = [];
  const remaining = meows.values();
  const searchRemaining = async () => {
    for (const { id, body } of remaining) {
      const results = await searchMeows(url, uniqueWordOf(body));
      searches.push({ id, found: results.filter((meow) => meow.body === body).map((meow) => meow.id) });
    }
  };
  await Promise.all(Array.from({ length: CONCURRENT_SEARCHES }, searchRemaining));
  return searches;
}

function sample<T>(items: readonly T[], count: number, random: Random): T[] {
  if (items.length <= count) return [...items];
  return Array.from({ length: count }, () => random.oneOf(items));
}

function exitsOf({ services }: System): Record<string, number> {
  const exits: Record<string, number> = {};
  for (const service of services)
    for (const [reason, count] of Object.entries(service.exits)) exits[reason] = (exits[reason] ?? 0) + count;
  return exits;
}
