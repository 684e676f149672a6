import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Question } from '../benchmark.ts';
import { alternate } from '../rounds.ts';
import { plainRow } from '../rows.ts';
import { startProduct } from '../servers/start-server.ts';

const MAIN = fileURLToPath(new URL('../../../embedded/src/main.ts', import.meta.url));

/** How long does it take until a service, or all of `npm start`, can be used? */
export const ready: Question = {
  name: 'ready',
  async ask({ places, rounds, nodeArgs, progress }) {
    await using opened = new AsyncDisposableStack();
    const database = opened.use((await places.database()) ?? null);
    const stream = opened.use((await places.stream()) ?? null);
    const index = opened.use((await places.index()) ?? null);
    const place = { database: database?.config, stream: stream?.config, index: index?.config };
    const folder = await mkdtemp(join(tmpdir(), 'meower-bench-'));
    opened.defer(() => rm(folder, { recursive: true, force: true }));

    const service = (name: 'meow' | 'query' | 'pusher') => ({
      name,
      async round() {
        const started = performance.now();
        await using _server = await startProduct({ services: [name], place }, nodeArgs);
        return { seconds: (performance.now() - started) / 1000 };
      },
    });
    const start = { name: 'npm start', round: async () => ({ seconds: await secondsToStart(folder) }) };
    const contenders = [service('meow'), service('query'), service('pusher'), start];
    const measured = await alternate(contenders, { rounds, progress, what: 'ready' });
    const row = { question: 'ready', unit: 's', of: 'seconds' };
    return contenders.map(({ name }, i) =>
      plainRow([measured[i] ?? []], {
        ...row,
        measure: i < 3 ? `${name} service: process started to ready` : 'npm start, set up and run before',
        reach: { atMost: i < 3 ? 0.5 : 3 },
      }),
    );
  },
};

/** Without the bootstrap, which finds everything in place. */
async function secondsToStart(folder: string): Promise<number> {
  const started = performance.now();
  const env = { PATH: process.env.PATH, PORT: '0', DATA_DIR: folder };
  const child = spawn(process.execPath, [MAIN], { env, stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  for await (const text of child.stderr) {
    said += text;
    if (said.includes('running at')) break;
  }
  if (!said.includes('running at')) throw new Error(`npm start did not start: ${said}`);
  const seconds = (performance.now() - started) / 1000;
  child.kill('SIGTERM');
  await once(child, 'exit');
  return seconds;
}
