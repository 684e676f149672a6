// The deployment that an operator changes, and what is stored in it.
import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { waitUntil } from '../../../shared/src/testing/wait-until.ts';
import { askElasticsearch, compose, logLines } from '../compose.ts';
import { ask, meows } from '../requests.ts';

export const ROOT = join(import.meta.dirname, '../../..');
const CLIENTS = 16;
const ATTEMPTS = 10;

/** A line of the shell, as docs/operations.md has it. */
export async function shell(line: string): Promise<string> {
  const options = { cwd: ROOT, timeout: 300_000, maxBuffer: 64 << 20 };
  const running = promisify(execFile)('bash', ['-euo', 'pipefail', '-c', line], options);
  const { stdout, stderr } = await running.catch((error: Error & { stdout: string }) => {
    throw new Error(`${error.message}\n${error.stdout}`, { cause: error });
  });
  return stdout + stderr;
}

/** For Docker, a container that was paused is unhealthy until its next check, after 30 s. */
export async function up(...args: string[]): Promise<void> {
  const start = async () => {
    await compose('up', '--detach', '--wait', '--wait-timeout', '240', ...args);
    return undefined;
  };
  await waitUntil(start, { timeoutMs: 60_000 });
}

async function postRepeatedly(text: string): Promise<string> {
  const init = {
    method: 'POST',
    body: new URLSearchParams({ body: text }),
    headers: { 'idempotency-key': randomUUID() },
  };
  for (let attempt = 1; ; attempt++) {
    const response = await ask('/meows', init);
    const answer = await response.text();
    if (response.ok) return (JSON.parse(answer) as { id: string }).id;
    if (![502, 504].includes(response.status) || attempt === ATTEMPTS) throw new Error(answer);
    await sleep(1000);
  }
}

/** Below the line of its trial. */
export function print(text: string): void {
  console.log(text.trim().replace(/^(?=.)/gm, '        '));
}

/** As pages do, which send a post again that nginx could not pass on. */
export async function postMany(count: number, text: string): Promise<string[]> {
  const ids: string[] = [];
  let next = 0;
  const client = async () => {
    while (next < count) ids.push(await postRepeatedly(`${text} ${next++}`));
  };
  await Promise.all(Array.from({ length: CLIENTS }, client));
  return ids;
}

export function secondsSince(startedMs: number): string {
  return `${((performance.now() - startedMs) / 1000).toFixed(0)} s`;
}

/** With all data. */
export async function removeDeployment(): Promise<void> {
  await compose('--profile', 'observe', 'down', '--volumes', '--timeout', '30');
}

export async function sql(statement: string): Promise<string> {
  return (
    await compose('exec', '-T', 'postgres', 'psql', '-U', 'meower', '-Atc', statement, 'meower')
  ).trim();
}

export async function stored(): Promise<number> {
  return Number(await sql('SELECT count(*) FROM meows'));
}

export async function unpublished(): Promise<number> {
  return Number(await sql('SELECT count(*) FROM outbox_events'));
}

export async function untilEmptyOutbox(): Promise<void> {
  const find = async () => ((await unpublished()) === 0 ? undefined : 'the outbox is not empty');
  await waitUntil(find, { timeoutMs: 120_000 });
}

/** Whether the lists, page by page, hold all of these meows. */
export async function listsAll(ids: readonly string[]): Promise<boolean> {
  const listed = new Set<string>();
  for (let skip = 0, page = ['']; page.length > 0; skip += page.length) {
    page = (await meows(`/meows?take=1000&skip=${skip}`)).map(({ id }) => id);
    for (const id of page) listed.add(id);
  }
  return new Set(ids).isSubsetOf(listed);
}

export async function indexed(): Promise<number> {
  await askElasticsearch('/meows/_refresh');
  return (await askElasticsearch<{ count: number }>('/meows/_count')).count;
}

export async function search(): Promise<{ status: number; degraded: boolean; found: number }> {
  const response = await ask('/search?query=load&take=5');
  const found = ((await response.json()) as unknown[]).length;
  return { status: response.status, degraded: response.headers.has('x-degraded'), found };
}

/** Waits until search is whole; how long it took. */
export async function untilIndexIsWhole(): Promise<string> {
  const started = performance.now();
  const findMissing = async () => {
    const { degraded } = await search();
    const [inIndex, inDatabase] = [await indexed(), await stored()];
    return degraded || inIndex !== inDatabase
      ? `${inIndex} of ${inDatabase} meows, degraded: ${degraded}`
      : undefined;
  };
  await waitUntil(findMissing, { timeoutMs: 120_000 });
  return `${((performance.now() - started) / 1000).toFixed(0)} s`;
}

/** The last error lines of a service, shortened. */
export async function printErrors(service: string, pattern: RegExp, count = 3): Promise<void> {
  const lines = (await logLines(service)).filter((line) => pattern.test(line));
  for (const line of lines.slice(-count)) print(`${service}: ${line.slice(0, 400)}`);
}
