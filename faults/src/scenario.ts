import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { sleep } from '@meower/shared/async/sleep.ts';
import { escapeHtml } from '@meower/shared/meow/meow-body.ts';
import { waitUntil } from '@meower/shared/testing/wait-until.ts';
import { check } from './checker/checker.ts';
import type { History, PageHistory, Search, Sighting, StoredMeow } from './checker/history.ts';
import { startDeletions } from './clients/deletions.ts';
import { type AnsweredPost, startLoad } from './clients/load.ts';
import { uniqueWordOf } from './clients/meow-texts.ts';
import { openPage } from './clients/page.ts';
import { createNemesis } from './nemesis/nemesis.ts';
import type { Round, Topology } from './nemesis/plan.ts';
import { createReport, type Report } from './report/report.ts';
import { createRandom, type Random } from './seeded-random.ts';
import { createAdminClient, type StorageNames } from './system/admin-client.ts';
import type { Dependencies } from './system/dependencies.ts';
import { listAllMeows, meowExists, searchMeows } from './system/query-client.ts';
import { drain, waitForRecovery, waitUntilReady } from './system/recovery.ts';
import {
  type AdminCommand,
  adminCommands,
  environment,
  type Mains,
  type System,
  startSystem,
} from './system/system.ts';

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

const CONCURRENT_REQUESTS = 4;
/** Deleted meows that are searched for after each round. */
const DELETED_SEARCHES = 5;
const COMMAND_TIMEOUT_MS = 300_000;
const REPLAY_TIMEOUT_MS = 60_000;
/** Fewer than a pusher sends to a page that resumes. */
const REPLAYED_EVENTS = 4000;
const START_TIMEOUT_MS = 60_000;
/** Between rounds, so that each begins with an idle system. */
const QUIET_MS = 2000;
const DISCONNECTED_MS = 2000;
const LONG_DISCONNECTED_MS = 30_000;

/**
 * Runs the system under load, injects faults, waits until all events are processed, and checks what clients
 * observed.
 */
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
  const deletions = startDeletions({
    adminUrls: system.admin.urls,
    adminToken: system.admin.token,
    queryUrls: urls.query,
    random: createRandom(seed, 'deletions'),
  });
  opened.defer(() => deletions.stop());
  const load = startLoad({
    urls: urls.meow,
    postsPerSecond: options.postsPerSecond,
    random: createRandom(seed, 'load'),
    onAnswered: deletions.consider,
  });
  opened.defer(() => load.stop());
  const pages = Array.from({ length: options.pages }, (_, i) =>
    openPage({
      name: `page ${i + 1}`,
      pusherUrls: urls.pusher.map((url) => url.replace('http', 'ws')),
      queryUrls: urls.query,
      random: createRandom(seed, `page ${i}`),
      maxDisconnectedMs: i === options.pages - 1 ? LONG_DISCONNECTED_MS : DISCONNECTED_MS,
    }),
  );
  for (const page of pages) opened.defer(() => page.close());

  const report = createReport(name, seed, log);
  const run = (command: AdminCommand, args: readonly string[], done: RegExp) =>
    runCommand(adminCommands[command], args, environment(names, dependencies.ports), done);
  const nemesis = createNemesis({ system, admin, run });
  await waitForRecovery(system, load, pages, [], options.recoveryMs || START_TIMEOUT_MS);
  const chosen = createRandom(seed, 'deleted');
  const recover = async () => {
    const deleted = sample(deletions.answered, DELETED_SEARCHES, chosen);
    if (options.recoveryMs > 0) await waitForRecovery(system, load, pages, deleted, options.recoveryMs);
  };
  const endsAt = performance.now() + durationMs;
  for (const round of plan(system.topology)) {
    if (performance.now() > endsAt) break;
    await report.round(round, () => nemesis.inject(round), recover);
    await sleep(QUIET_MS);
    signal.throwIfAborted();
  }

  await load.stop();
  await deletions.stop();
  for (const page of pages) page.stayConnected();
  const { id: last } = await load.postUntilAnswered(START_TIMEOUT_MS);
  const unfinished = await drain(system, admin, load, pages);
  const queryUrl = urls.query[0] as string;
  const listed = await listAllMeows(queryUrl);
  const random = createRandom(seed, 'search');
  const deleted = sample(deletions.answered, options.searches, random);
  const replays = await replayStream(system, await admin.cursorBefore(REPLAYED_EVENTS), last, random);
  const history: History = {
    posts: load.posts,
    listed,
    indexed: await admin.readIndex(),
    searches: await searchForEach(
      [...sample(listed, options.searches, random), ...deleted.map(toMeow)],
      queryUrl,
    ),
    pages: pages.map((page) => page.history),
    replays,
    streamed: await admin.readStreams(),
    sightings: [...deletions.sightings, ...(await findEach(deleted, queryUrl))],
  };
  return report.finish({
    history,
    verdict: check(history),
    unfinished,
    deadLetters: await admin.countDeadLetters(),
    exits: exitsOf(system),
    looks: deletions.looks,
  });
}

/** Rejects unless the output says that the command has done its work. */
async function runCommand(
  path: string,
  args: readonly string[],
  env: Record<string, string>,
  done: RegExp,
): Promise<void> {
  const options = { env: { ...env, PATH: process.env.PATH }, timeout: COMMAND_TIMEOUT_MS };
  const running = promisify(execFile)(process.execPath, [path, ...args], options);
  const { stdout } = await running.catch((error: Error & { stdout: string }) => {
    if (done.test(error.stdout)) return error;
    throw error;
  });
  if (!done.test(stdout)) throw new Error(`${path} printed: ${stdout}`);
}

/** Searches for each meow by its unique word. */
function searchForEach(meows: readonly StoredMeow[], url: string): Promise<Search[]> {
  return forEachConcurrently(meows, async ({ id, body }) => {
    const results = await searchMeows(url, uniqueWordOf(body));
    return { id, found: results.filter((meow) => meow.body === body).map((meow) => meow.id) };
  });
}

/** The deleted meows that can be fetched. */
async function findEach(deleted: readonly AnsweredPost[], url: string): Promise<Sighting[]> {
  const found = await forEachConcurrently(deleted, async ({ id }) => {
    return (await meowExists(url, id)) ? [{ id, place: `${url}/meows/${id}` }] : [];
  });
  return found.flat();
}

/** What each pusher sends to a page that resumes at `cursor`, until it has the meow `last`. */
function replayStream(
  { urls }: System,
  cursor: number,
  last: string,
  random: Random,
): Promise<PageHistory[]> {
  return Promise.all(
    urls.pusher.map(async (url, i) => {
      const page = openPage({
        name: `replay ${i + 1}`,
        pusherUrls: [url.replace('http', 'ws')],
        queryUrls: urls.query,
        random,
        maxDisconnectedMs: 0,
        cursor,
      });
      page.stayConnected();
      const missing = () => (page.has(last) ? undefined : `${page.history.name} does not receive ${last}`);
      await waitUntil(missing, { timeoutMs: REPLAY_TIMEOUT_MS }).finally(() => page.close());
      return page.history;
    }),
  );
}

async function forEachConcurrently<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  const remaining = items.values();
  const workOnRemaining = async () => {
    for (const item of remaining) results.push(await work(item));
  };
  await Promise.all(Array.from({ length: CONCURRENT_REQUESTS }, workOnRemaining));
  return results;
}

function toMeow({ id, text }: AnsweredPost): StoredMeow {
  return { id, body: escapeHtml(text) };
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
