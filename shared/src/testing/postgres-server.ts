import { execFile } from 'node:child_process';
import { chown, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';
import { ServerProcess } from './server-process.ts';

const USER = 'meower';
/** The server refuses to run as root. */
const NOBODY = 65_534;

interface PostgresServer extends ServerProcess {
  url: string;
  /** Sends a signal to all its processes: `pause` leaves those at work that have a connection. */
  signalAll(signal: 'SIGSTOP' | 'SIGCONT'): Promise<void>;
}

/** A Postgres server for one test file, from a folder with `initdb` and `postgres`. Does not start it yet. */
export async function createPostgresServer(binaries: string): Promise<PostgresServer> {
  const initdb = (folder: string) => [
    join(binaries, 'initdb'),
    '-D',
    folder,
    '-U',
    USER,
    '-A',
    'trust',
    '-E',
    'UTF8',
    '--no-locale',
    '--no-sync',
  ];
  return createServer(binaries, initdb);
}

/** A streaming replica of a server that runs. Does not start it yet. */
export async function createPostgresReplica(
  binaries: string,
  primary: Pick<ServerProcess, 'address'>,
): Promise<PostgresServer> {
  const [host = '', port = ''] = primary.address.split(':');
  const copy = (folder: string) => [
    join(binaries, 'pg_basebackup'),
    '-D',
    folder,
    '-U',
    USER,
    '-h',
    host,
    '-p',
    port,
    '-R',
    '-N',
    '-c',
    'fast',
  ];
  return createServer(binaries, copy);
}

async function createServer(
  binaries: string,
  /** A program and its arguments. */
  creation: (folder: string) => string[],
): Promise<PostgresServer> {
  const isRoot = process.getuid?.() === 0;
  const options = isRoot ? { uid: NOBODY, gid: NOBODY } : {};
  // What is written survives the kill of a process; `fsync` is for that of the machine.
  const settings = ['fsync=off', 'listen_addresses=127.0.0.1', 'unix_socket_directories='];
  const server = await ServerProcess.create({
    binary: join(binaries, 'postgres'),
    args: (port, folder) => ['-D', folder, '-p', String(port), ...settings.flatMap((one) => ['-c', one])],
    options,
    ask: async (address) => {
      const client = new pg.Client(urlOf(address));
      // The server may end meanwhile: connecting rejects then.
      client.on('error', () => {});
      await client.connect();
      await client.end();
    },
  });
  if (isRoot) await chown(server.folder, NOBODY, NOBODY);
  const [program = '', ...args] = creation(server.folder);
  await promisify(execFile)(program, args, { ...options, cwd: server.folder });
  const signalAll = async (signal: 'SIGSTOP' | 'SIGCONT') => {
    const [main = ''] = (await readFile(join(server.folder, 'postmaster.pid'), 'utf8')).split('\n');
    const children = (await readFile(`/proc/${main}/task/${main}/children`, 'utf8')).trim().split(' ');
    for (const pid of [main, ...children]) process.kill(Number(pid), signal);
  };
  return Object.assign(server, { url: urlOf(server.address), signalAll });
}

function urlOf(address: string): string {
  return `postgres://${USER}@${address}/postgres`;
}
