import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Target } from './client.ts';

const MAIN = fileURLToPath(new URL('../../embedded/src/main.ts', import.meta.url));

/** `npm start` with the limits that it has on the internet, in a folder of its own. */
export async function startEmbedded(): Promise<Target & AsyncDisposable> {
  const folder = await mkdtemp(join(tmpdir(), 'meower-attacks-'));
  const child = spawn(process.execPath, [MAIN], {
    // A limit that is set applies on the loopback interface too; this is the default.
    env: {
      PATH: process.env.PATH,
      PORT: '0',
      DATA_DIR: join(folder, 'data'),
      LIMIT_POSTS: '60',
      LOG_LEVEL: 'fatal',
    },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const port = await portOf(child);
  return {
    url: new URL(`http://127.0.0.1:${port}`),
    forwarded: false,
    async memory() {
      const status = await readFile(`/proc/${child.pid}/status`, 'utf8');
      return { meower: Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) * 1024 };
    },
    async [Symbol.asyncDispose]() {
      child.kill();
      await new Promise((resolve) => child.once('close', resolve));
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** The port that it prints. Rejects when it ends before. */
function portOf(child: ChildProcess): Promise<string> {
  let printed = '';
  return new Promise((resolve, reject) => {
    child.once('close', (code) => reject(new Error(`npm start ended with ${code}: ${printed}`)));
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      printed += text;
      const port = /running at http:\/\/localhost:(\d+)/.exec(printed)?.[1];
      if (port) resolve(port);
    });
  });
}
