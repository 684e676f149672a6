import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Benchmark } from '../benchmark.ts';
import { alternate, type Contender } from '../rounds.ts';
import { valueRow } from '../rows.ts';
import { startProduct } from '../servers/start-server.ts';

const EMBEDDED_MAIN = fileURLToPath(new URL('../../../embedded/src/main.ts', import.meta.url));

/** How long do a service and `npm start` take until they can be used? */
export const startup: Benchmark = {
  name: 'startup',
  async run({ fixtures, rounds, nodeArgs, progress }) {
    await using opened = new AsyncDisposableStack();
    const { configs } = opened.use(await fixtures('postgres', 'nats', 'elasticsearch'));
    const folder = await mkdtemp(join(tmpdir(), 'meower-bench-'));
    opened.defer(() => rm(folder, { recursive: true, force: true }));

    const service = (name: 'meow' | 'query' | 'pusher'): Contender => ({
      name: `${name} service: process started to ready`,
      async round() {
        const started = performance.now();
        await using _server = await startProduct({ services: [name], configs }, nodeArgs);
        return { seconds: (performance.now() - started) / 1000 };
      },
    });
    const npmStart: Contender = {
      name: 'npm start, set up and run before',
      round: async () => ({ seconds: await secondsToStart(folder) }),
    };
    const services = [service('meow'), service('query'), service('pusher')];
    const contenders = [...services, npmStart];
    const results = await alternate(contenders, { rounds, progress, label: 'startup' });
    return contenders.map((contender, i) =>
      valueRow([results[i] ?? []], {
        measure: contender.name,
        unit: 's',
        metric: 'seconds',
        target: { atMost: contender === npmStart ? 3 : 0.5 },
      }),
    );
  },
};

/** Without the set-up, which would find everything installed. */
async function secondsToStart(folder: string): Promise<number> {
  const started = performance.now();
  const env = { PATH: process.env.PATH, PORT: '0', DATA_DIR: folder };
  const child = spawn(process.execPath, [EMBEDDED_MAIN], { env, stdio: ['ignore', 'ignore', 'pipe'] });
  let output = '';
  for await (const text of child.stderr) {
    output += text;
    if (output.includes('running at')) break;
  }
  if (!output.includes('running at')) throw new Error(`npm start did not start: ${output}`);
  const seconds = (performance.now() - started) / 1000;
  child.kill('SIGTERM');
  await once(child, 'exit');
  return seconds;
}
