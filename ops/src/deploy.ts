// npm run deploy [-- SERVICE…]    brings a running deployment to the present files without a failed request
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';

/** In this order: the schema first, then what reads events, then what writes them. */
const SERVICES = ['pusher', 'query', 'meow', 'nginx'];
const HEALTHY_WITHIN_MS = 180_000;
const NGINX_HEALTHY_WITHIN_MS = 15_000;
/** For the requests in progress. nginx itself would wait for idle connections, too, for seconds. */
const NGINX_DRAIN_MS = 300;
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
for (const service of replaced) await (service === 'nginx' ? replaceNginx() : replace(service));

/** Starts as many new containers as there are, and stops the old ones, one by one, when all new ones are healthy. */
async function replace(service: string): Promise<void> {
  const old = await containersOf(service);
  const scale = `${service}=${Math.max(1, old.length) + old.length}`;
  await compose('up', '--detach', '--no-deps', '--no-recreate', '--scale', scale, service);
  const added = (await containersOf(service)).filter((container) => !old.includes(container));
  try {
    await Promise.all(added.map((container) => untilHealthy(container, HEALTHY_WITHIN_MS)));
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

/**
 * Only one container can have the published port. So the new one is created, and its configuration tested, before the
 * old one stops, and nothing happens if image and settings are the same.
 */
async function replaceNginx(): Promise<void> {
  const [old] = await containersOf('nginx');
  if (old === undefined) return compose('up', '--detach', '--no-deps', '--wait', 'nginx');
  const others = async () => (await containersOf('nginx', '--all')).filter((container) => container !== old);
  // An interrupted deploy leaves one that does not run.
  for (const container of await others()) await docker('rm', container);
  await compose('up', '--no-start', '--no-deps', '--no-recreate', '--scale', 'nginx=2', 'nginx');
  const [added] = await others();
  if (added === undefined) throw new Error('docker compose has created no second container of nginx');
  try {
    if ((await versionOf(added)) === (await versionOf(old))) {
      await docker('rm', added);
      return print('nginx: unchanged');
    }
    const test = '/docker-entrypoint.d/20-envsubst-on-templates.sh && exec nginx -tq';
    await compose('run', '--rm', '--no-deps', '-T', '--entrypoint', 'sh', 'nginx', '-c', test);
  } catch (error) {
    await docker('rm', added);
    throw error;
  }
  await docker('kill', '--signal', 'QUIT', old);
  await sleep(NGINX_DRAIN_MS);
  await docker('stop', '--time', '0', old);
  try {
    await docker('start', added);
    await untilHealthy(added, NGINX_HEALTHY_WITHIN_MS);
  } catch (error) {
    await docker('rm', '--force', added);
    await docker('start', old);
    throw error;
  }
  await docker('rm', old);
  print('nginx: 1 new, 1 stopped');
}

/** The image of a container, and a hash of its settings. */
async function versionOf(container: string): Promise<string> {
  const format = '{{.Image}} {{index .Config.Labels "com.docker.compose.config-hash"}}';
  const { stdout } = await run('docker', ['inspect', '--format', format, container]);
  return stdout;
}

/** Those that run, with `--all` the others, too. */
async function containersOf(service: string, ...options: string[]): Promise<string[]> {
  const { stdout } = await run('docker', ['compose', 'ps', ...options, '--quiet', service]);
  return stdout.split('\n').filter((line) => line !== '');
}

async function untilHealthy(container: string, withinMs: number): Promise<void> {
  const deadline = performance.now() + withinMs;
  for (;;) {
    const { stdout } = await run('docker', ['inspect', '--format', '{{.State.Health.Status}}', container]);
    if (stdout.trim() === 'healthy') return;
    if (performance.now() > deadline)
      throw new Error(`the new container ${container} is not healthy after ${withinMs / 1000} s`);
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
