// npm run deploy [-- SERVICE…]    brings a running deployment to the present files without a failed request
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';

/** In this order: the schema first, then what reads events, then what writes them. */
const SERVICES = ['pusher', 'query', 'meow'];
const HEALTHY_WITHIN_MS = 180_000;
const POLL_MS = 500;
/** While a container starts, it refuses connections, and nginx does not try it again for so long (`fail_timeout`). */
const TRIED_AGAIN_AFTER_MS = 4_000;

const chosen = process.argv.slice(2);
const unknown = chosen.find((name) => !SERVICES.includes(name));
if (unknown !== undefined) {
  process.stderr.write(`usage: deploy [SERVICE…], of ${SERVICES.join(', ')}; without any: all, and nginx\n`);
  process.exit(2);
}
await compose('build', ...(chosen.length > 0 ? ['migrate', ...chosen] : []));
await compose('run', '--rm', '--no-deps', 'migrate');
for (const service of SERVICES) if (chosen.length === 0 || chosen.includes(service)) await replace(service);
// Nothing if its image and settings are the same. Its port is closed for a moment otherwise.
if (chosen.length === 0) await compose('up', '--detach', '--no-deps', '--wait', 'nginx');

/** Starts as many new containers as there are, and stops the old ones, one by one, when all new ones are healthy. */
async function replace(service: string): Promise<void> {
  const old = await containersOf(service);
  const scale = `${service}=${Math.max(1, old.length) + old.length}`;
  await compose('up', '--detach', '--no-deps', '--no-recreate', '--scale', scale, service);
  const added = (await containersOf(service)).filter((container) => !old.includes(container));
  try {
    await Promise.all(added.map(untilHealthy));
    await sleep(TRIED_AGAIN_AFTER_MS);
  } catch (error) {
    await docker('rm', '--force', ...added);
    throw error;
  }
  for (const container of old) {
    await docker('stop', container);
    await docker('rm', container);
  }
  print(`${service}: ${added.length} new, ${old.length} stopped`);
}

async function containersOf(service: string): Promise<string[]> {
  const { stdout } = await run('docker', ['compose', 'ps', '--quiet', service]);
  return stdout.split('\n').filter((line) => line !== '');
}

async function untilHealthy(container: string): Promise<void> {
  const deadline = performance.now() + HEALTHY_WITHIN_MS;
  for (;;) {
    const { stdout } = await run('docker', ['inspect', '--format', '{{.State.Health.Status}}', container]);
    if (stdout.trim() === 'healthy') return;
    if (performance.now() > deadline)
      throw new Error(`the new container ${container} is not healthy after ${HEALTHY_WITHIN_MS / 1000} s`);
    await sleep(POLL_MS);
  }
}

async function compose(...args: string[]): Promise<void> {
  await docker('compose', '--progress', 'quiet', ...args);
}

async function docker(...args: string[]): Promise<void> {
  const command = spawn('docker', args, { stdio: ['ignore', 'ignore', 'inherit'] });
  const [exitCode] = await once(command, 'exit');
  if (exitCode !== 0) throw new Error(`docker ${args.join(' ')} has failed`);
}

function run(file: string, args: readonly string[]) {
  return promisify(execFile)(file, args);
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
