import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Measurements } from '../rounds.ts';

const run = promisify(execFile);

/** The row that one request writes: the meow alone, without an outbox row. */
const SCRIPT = `INSERT INTO meows (id, body, created_at)
  VALUES (left(md5(random()::text), 27), 'a meow of a length that meows have', now());
`;

/** Whether pgbench, PostgreSQL's own benchmark, is installed. */
export async function hasPgbench(): Promise<boolean> {
  return run('pgbench', ['--version']).then(
    () => true,
    () => false,
  );
}

/** Time for connecting, which pgbench includes in the duration but not in its result. */
const CONNECTING_SECONDS = 2;

/** Prepared single-row inserts; each client has its own connection. */
export async function pgbench(url: string, clients: number, seconds: number): Promise<Measurements> {
  const folder = await mkdtemp(join(tmpdir(), 'meower-pgbench-'));
  try {
    const script = join(folder, 'insert.sql');
    await writeFile(script, SCRIPT);
    const duration = String(Math.ceil(seconds) + CONNECTING_SECONDS);
    const args = ['-n', '-M', 'prepared', '-f', script, '-T', duration, '-c', String(clients), '-j', '1'];
    const { stdout } = await run('pgbench', [...args, url]);
    const perSecond = Number(/^tps = ([\d.]+)/m.exec(stdout)?.[1]);
    if (Number.isNaN(perSecond)) throw new Error(`pgbench printed no result:\n${stdout}`);
    return { perSecond };
  } finally {
    await rm(folder, { recursive: true });
  }
}
