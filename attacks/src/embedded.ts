import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { MeowerProcess } from '@meower/embedded/testing/meower-process.ts';
import { temporaryFolder } from '@meower/shared/testing/temporary-folder.ts';
import type { Target } from './client.ts';
import { fill } from './fill.ts';

/** Of the process, in bytes. */
const MAX_MEMORY = 1.5 * 1024 ** 3;

/** `npm start` with the limits that it has on the internet, in a folder of its own, which holds meows. */
export async function startEmbedded(meows: number): Promise<Target & AsyncDisposable> {
  await using opened = new AsyncDisposableStack();
  const folder = opened.use(await temporaryFolder());
  const settings = { DATA_DIR: join(folder.path, 'data'), LOG_LEVEL: 'fatal' };
  {
    await using unlimited = new MeowerProcess(settings);
    await fill(new URL(await unlimited.url()), meows);
    unlimited.kill('SIGTERM');
    await unlimited.ended;
  }
  // A limit that is set applies on the loopback interface too; this is the default.
  const meower = opened.use(new MeowerProcess({ ...settings, LIMIT_POSTS: '60' }));
  const url = new URL(await meower.url());
  const closing = opened.move();
  return {
    url,
    forwarded: false,
    async memory() {
      const status = await readFile(`/proc/${meower.pid}/status`, 'utf8');
      const used = Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) * 1024;
      return { meower: { used, limit: MAX_MEMORY } };
    },
    [Symbol.asyncDispose]: () => closing.disposeAsync(),
  };
}
