import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Measured } from '../rounds.ts';

const run = promisify(execFile);

/** One row, as one request would write it: the meow alone, without an outbox. */
const SCRIPT = `INSERT INTO meows (id, body, created_at)
  VALUES (left(md5(random()::text), 27), 'a meow of a length that meows have', now());
`;

/** Whether PostgreSQL's own benchmark is installed. */
export async function hasPgbench(): Promise<boolean> {
  return run('pgbench', ['--version']).then(
    () => true,
    () => false,
  );
}

/** What connecting may take; it does not count, but it ends with the time given. */
const CONNECTING_SECONDS = 2;

/** Single-row inserts, prepared, by as many clients on connections of their own. */
export async function pgbench(url: string, clients: number, seconds: number): Promise<Measured> {
  const folder = await mkdtemp(join(tmpdir(), 'meower-pgbench-'));
  try {
    const script = join(folder, 'insert.sql');
    await writeFile(script, SCRIPT);
    const duration = String(Math.ceil(seconds) + CONNECTING_SECONDS);
    const args = ['-n', '-M', 'prepared', '-f', script, '-T', duration, '-c', String(clients), '-j', '1'];
    const { stdout } = await run('pgbench', [...args, url]);
    const perSecond = Number(/^tps = ([\d.]+)/m.exec(stdout)?.[1]);
    if (Number.isNaN(perSecond)) throw new Error(`pgbench has measured nothing:\n${stdout}`);
    return { perSecond };
  } finally {
    await rm(folder, { recursive: true });
  }
}
