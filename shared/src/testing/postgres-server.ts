import { execFile } from 'node:child_process';
import { chown } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';
import { ServerProcess } from './server-process.ts';

const USER = 'meower';
/** The server refuses to run as root. */
const NOBODY = 65_534;

/** A Postgres server for one test file, from a folder with `initdb` and `postgres`. Does not start it yet. */
export async function createPostgresServer(binaries: string): Promise<ServerProcess & { url: string }> {
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
  const initdb = ['-D', server.folder, '-U', USER, '-A', 'trust', '-E', 'UTF8', '--no-locale', '--no-sync'];
  await promisify(execFile)(join(binaries, 'initdb'), initdb, { ...options, cwd: server.folder });
  return Object.assign(server, { url: urlOf(server.address) });
}

function urlOf(address: string): string {
  return `postgres://${USER}@${address}/postgres`;
}
