import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Frame, FrameKind } from '../../shared/src/meow/frames.ts';
import { until } from './checks.ts';
import { ask, baseUrl } from './requests.ts';

const READERS = 4;
const SEARCHERS = 1;
const POSTERS = 2;
const SOCKETS = 8;
/** Pause of a poster: its meows go into lists that later checks read whole. */
const POST_EVERY_MS = 400;

export interface LoadReport {
  requests: number;
  /** Posts that nginx could not pass on, and that were sent again. */
  repeated: number;
  /** Why, with the number of each. */
  failed: Map<string, number>;
  /** From the first request that failed to the last one. */
  failedForMs: number;
  /** Of the meows that were posted, oldest first. */
  ids: string[];
  longestGapMs: number;
  /** Most time between the answer to a post and the moment at which a page had the meow. */
  longestDelayMs: number;
  /** Meows that a read directly after the answer to their post did not find. */
  unread: number;
  /** Searches that were answered without the search engine. */
  degraded: number;
  /** Frames that a socket did not receive, or received twice, over all sockets. */
  lost: number;
  doubled: number;
}

/** Readers, searchers, posters and pages of users that go on while something is done to the deployment. */
export async function underLoad(work: () => Promise<void>): Promise<LoadReport> {
  const stop = new AbortController();
  const report = {
    requests: 0,
    repeated: 0,
    degraded: 0,
    unread: 0,
    failed: new Map<string, number>(),
    failedForMs: 0,
    ids: [] as string[],
  };
  let failedSinceMs: number | undefined;
  const answeredAtMs = new Map<string, number>();
  const count = async (request: () => Promise<string | undefined>) => {
    report.requests++;
    const problem = await request().catch((error: unknown) => String(error));
    if (problem === undefined) return;
    report.failed.set(problem, (report.failed.get(problem) ?? 0) + 1);
    failedSinceMs ??= performance.now();
    report.failedForMs = performance.now() - failedSinceMs;
  };
  const repeat = async (request: () => Promise<string | undefined>, pauseMs: number) => {
    while (!stop.signal.aborted) {
      await count(request);
      await sleep(pauseMs);
    }
  };
  const statusOf = async (path: string, init?: RequestInit) => {
    const response = await ask(path, init);
    const text = await response.text();
    if (response.headers.has('x-degraded')) report.degraded++;
    return { text, problem: response.ok ? undefined : `${init?.method ?? 'GET'} ${response.status}` };
  };
  const post = async () => {
    const body = new URLSearchParams({ body: `under load ${randomUUID()}` });
    const init = { method: 'POST', body, headers: { 'idempotency-key': randomUUID() } };
    const first = await statusOf('/meows', init);
    // nginx sends no POST twice. The page does, under its key.
    const isRepeated = first.problem === 'POST 502' || first.problem === 'POST 504';
    if (isRepeated) report.repeated++;
    const { text, problem } = isRepeated ? await statusOf('/meows', init) : first;
    if (problem !== undefined) return problem;
    const { id } = JSON.parse(text) as { id: string };
    report.ids.push(id);
    answeredAtMs.set(id, performance.now());
    const own = await statusOf(`/meows/${id}`);
    if (own.problem === 'GET 404') report.unread++;
    return own.problem;
  };
  const times = (n: number, request: () => Promise<string | undefined>, pauseMs = 5) =>
    Array.from({ length: n }, () => repeat(request, pauseMs));

  const pages = await Promise.all(Array.from({ length: SOCKETS }, openPage));
  const users = [
    ...times(READERS, async () => (await statusOf('/meows?take=5')).problem),
    ...times(SEARCHERS, async () => (await statusOf('/search?query=load&take=5')).problem, 50),
    ...times(POSTERS, post, POST_EVERY_MS),
  ];
  try {
    await work();
  } catch (error) {
    for (const page of pages) page.close();
    throw error;
  } finally {
    stop.abort();
    await Promise.all(users);
  }
  const hasAll = async () => pages.every(({ ids }) => new Set(report.ids).isSubsetOf(new Set(ids)));
  // Otherwise the report counts what is missing.
  await until(hasAll).catch(() => undefined);
  for (const page of pages) page.close();
  const received = pages.map(({ ids }) => ids.filter((id) => report.ids.includes(id)));
  return {
    ...report,
    ids: report.ids.toSorted(),
    longestGapMs: Math.max(...pages.map(({ longestGapMs }) => longestGapMs())),
    longestDelayMs: Math.max(
      ...pages.flatMap(({ seenAtMs }) =>
        [...answeredAtMs].map(([id, answered]) => (seenAtMs.get(id) ?? performance.now()) - answered),
      ),
    ),
    lost: received.reduce((sum, ids) => sum + report.ids.length - new Set(ids).size, 0),
    doubled: received.reduce((sum, ids) => sum + ids.length - new Set(ids).size, 0),
  };
}

export function describeLoad({
  requests,
  repeated,
  failed,
  failedForMs,
  longestGapMs,
  lost,
  doubled,
}: LoadReport): string {
  const total = [...failed.values()].reduce((sum, n) => sum + n, 0);
  const why = [...failed].map(([problem, n]) => ` (${n} ${problem})`).join('');
  const gap = (longestGapMs / 1000).toFixed(1);
  const during = total > 0 ? ` within ${(failedForMs / 1000).toFixed(1)} s` : '';
  return `${total} of ${requests} requests failed${during}${why}, ${repeated} posts repeated, sockets away for ${gap} s at most, ${lost} frames lost, ${doubled} doubled`;
}

interface Page {
  ids: string[];
  /** By id; also those that were only announced. */
  seenAtMs: Map<string, number>;
  longestGapMs(): number;
  close(): void;
}

/** A page that opens its socket again as the front end does, after 0.25 to 1 s. */
async function openPage(): Promise<Page> {
  const ids: string[] = [];
  const seenAtMs = new Map<string, number>();
  let seq: number | undefined;
  let socket: WebSocket;
  let closed = false;
  let awaySince: number | undefined;
  let longestGapMs = 0;
  const open = () => {
    const query = seq === undefined ? '' : `?cursor=${seq}`;
    socket = new WebSocket(`${baseUrl.replace(/^http/, 'ws')}/pusher${query}`);
    socket.addEventListener('open', () => {
      if (awaySince !== undefined) longestGapMs = Math.max(longestGapMs, performance.now() - awaySince);
      awaySince = undefined;
    });
    socket.addEventListener('message', ({ data }) => {
      const frame = JSON.parse(String(data)) as Frame;
      const isNew = frame.kind === FrameKind.meowCreated || frame.kind === FrameKind.meowAnnounced;
      if (isNew && !seenAtMs.has(frame.id)) seenAtMs.set(frame.id, performance.now());
      if (!('seq' in frame)) return;
      seq = frame.seq;
      if (frame.kind === FrameKind.meowCreated) ids.push(frame.id);
    });
    socket.addEventListener('close', () => {
      if (closed) return;
      awaySince ??= performance.now();
      setTimeout(open, 250 + 750 * Math.random());
    });
  };
  open();
  await until(async () => socket.readyState === WebSocket.OPEN);
  return {
    ids,
    seenAtMs,
    longestGapMs: () => longestGapMs,
    close() {
      closed = true;
      socket.close();
    },
  };
}
