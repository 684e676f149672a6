// npm run deploy [-- SERVICE…]    brings a running deployment to the present files without a failed request
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';

/** In this order: the schema first, then what reads events, then what writes them. */
const SERVICES = ['pusher', 'query', 'meow', 'nginx'];
const HEALTHY_WITHIN_MS = 180_000;
const POLL_MS = 500;
/** While a container starts, it refuses connections, and nginx does not try it again for so long (`fail_timeout`). */
const TRIED_AGAIN_AFTER_MS = 4_000;

const chosen = process.argv.slice(2);
const unknown = chosen.find((name) => !SERVICES.includes(name));
if (unknown !== undefined) {
  process.stderr.write(`usage: deploy [SERVICE…], of ${SERVICES.join(', ')}; without any: all\n`);
  process.exit(2);
}
await compose('build', ...(chosen.length > 0 ? ['migrate', ...chosen] : []));
const replaced = SERVICES.filter((service) => chosen.length === 0 || chosen.includes(service));
if (replaced.some((service) => service !== 'nginx')) await compose('run', '--rm', '--no-deps', 'migrate');
let stopping = Promise.resolve();
try {
  for (const service of replaced) {
    const old = await containersOf(service);
    // While the containers of one service start, the old ones of the service before it stop.
    await Promise.all([start(service, old), stopping]);
    stopping = stop(service, old);
  }
} finally {
  await stopping;
}

/** Starts as many new containers as there are; without a healthy one, the new ones are removed and the old ones stay. */
async function start(service: string, old: readonly string[]): Promise<void> {
  const scale = `${service}=${Math.max(1, old.length) + old.length}`;
  await compose('up', '--detach', '--no-deps', '--no-recreate', '--scale', scale, service);
  const added = (await containersOf(service)).filter((container) => !old.includes(container));
  try {
    await Promise.all(added.map(untilHealthy));
  } catch (error) {
    await docker('rm', '--force', ...added);
    throw error;
  }
  print(`${service}: ${added.length} new`);
}

/** One by one, so that their clients do not all return to the others together. */
async function stop(service: string, containers: readonly string[]): Promise<void> {
  await sleep(TRIED_AGAIN_AFTER_MS);
  for (const container of containers) {
    await docker('stop', container);
    await docker('rm', container);
  }
  print(`${service}: ${containers.length} stopped`);
}

async function containersOf(service: string): Promise<string[]> {
  const { stdout } = await run('docker', ['compose', 'ps', '--quiet', service]);
  return stdout.split('\n').filter((line) => line !== '');
}

/** Rejects when it has ended, too, for example because of a setting, after it has printed the log. */
async function untilHealthy(container: string): Promise<void> {
  const deadline = performance.now() + HEALTHY_WITHIN_MS;
  for (;;) {
    const format = '{{.State.Health.Status}} {{.RestartCount}}';
    const { stdout } = await run('docker', ['inspect', '--format', format, container]);
    const [health, restarts] = stdout.trim().split(' ');
    if (health === 'healthy') return;
    if (restarts !== '0' || performance.now() > deadline) {
      const log = await run('docker', ['logs', '--tail', '20', container]);
      process.stderr.write(log.stdout + log.stderr);
      throw new Error(`the new container ${container} has ended, or is not healthy after 180 s`);
    }
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
