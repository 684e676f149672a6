import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { MeowerProcess } from '@meower/embedded/testing/meower-process.ts';
import { temporaryFolder } from '@meower/shared/testing/temporary-folder.ts';
import type { Target } from './client.ts';

/** `npm start` with the limits that it has on the internet, in a folder of its own. */
export async function startEmbedded(): Promise<Target & AsyncDisposable> {
  await using opened = new AsyncDisposableStack();
  const folder = opened.use(await temporaryFolder());
  // A limit that is set applies on the loopback interface too; this is the default.
  const env = { DATA_DIR: join(folder.path, 'data'), LIMIT_POSTS: '60', LOG_LEVEL: 'fatal' };
  const meower = opened.use(new MeowerProcess(env));
  const url = new URL(await meower.url());
  const closing = opened.move();
  return {
    url,
    forwarded: false,
    async memory() {
      const status = await readFile(`/proc/${meower.pid}/status`, 'utf8');
      return { meower: Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) * 1024 };
    },
    [Symbol.asyncDispose]: () => closing.disposeAsync(),
  };
}
