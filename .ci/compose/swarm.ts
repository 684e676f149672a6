// Follows docs/deployment.md on a Swarm of this machine alone, then changes the stack under load, and prints what clients saw.
import { deepEqual, equal, match } from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { cp, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { sleep } from '../../shared/src/async/sleep.ts';
import { check, summary, until } from './checks.ts';
import { docker } from './compose.ts';
import { describeLoad, type LoadReport, underLoad } from './load.ts';
import { ask, listedIds, meows, post } from './requests.ts';
import { watch } from './watcher.ts';

const ROOT = join(import.meta.dirname, '../..');
const STACK = 'meower';
const OF_STACK = `label=com.docker.stack.namespace=${STACK}`;
const { MEOWER_IMAGES = '', MEOWER_VERSION = '' } = process.env;
const NEXT_VERSION = '1.1.0';
const BROKEN_VERSION = 'broken';
const WARM_UP_MS = 3000;
const RECOVERED_MS = 5000;
const HEAD = [
  'action',
  'failed of all requests',
  'longest gap of a socket',
  'meows lost',
  'frames lost, doubled',
];
const rows: string[][] = [HEAD, HEAD.map(() => '---')];

/** The blocks of commands in a section of docs/deployment.md. */
const document = await readFile(join(ROOT, 'docs/deployment.md'), 'utf8');
const section = document.split(/^## /m).find((text) => text.startsWith('Docker Swarm')) ?? '';
const [install = '', update = '', operate = '', rotate = ''] = [
  ...section.matchAll(/^```sh\n(.*?)^```/gms),
].map(([, block]) => block ?? '');

const folder = await mkdtemp(join(tmpdir(), 'meower-swarm-'));
for (const name of ['deploy', 'nats']) await cp(join(ROOT, name), join(folder, name), { recursive: true });

async function shell(commands: string, env: Record<string, string> = {}): Promise<string> {
  const options = { cwd: folder, timeout: 300_000, maxBuffer: 64 << 20, env: { ...process.env, ...env } };
  const running = promisify(execFile)('bash', ['-euo', 'pipefail', '-c', commands], options);
  const { stdout } = await running.catch((error: Error & { stdout: string }) => {
    throw new Error(`${error.message}\n${error.stdout}`, { cause: error });
  });
  return stdout;
}

async function tryUnderLoad(action: string, work: () => Promise<void>): Promise<LoadReport> {
  const report = await underLoad(async () => {
    await sleep(WARM_UP_MS);
    await work();
    await sleep(RECOVERED_MS);
  });
  const listed = new Set(await listedIds());
  const missing = report.ids.filter((id) => !listed.has(id)).length;
  const { requests, failed, failedForMs, longestGapMs, lost, doubled } = report;
  const seconds = (ms: number) => `${(ms / 1000).toFixed(1)} s`;
  const why = [...failed].map(([problem, count]) => `${count} ${problem}`).join(', ') || '0';
  rows.push([
    action,
    `${why} of ${requests}${failed.size > 0 ? `, within ${seconds(failedForMs)}` : ''}`,
    longestGapMs === 0 ? 'none' : seconds(longestGapMs),
    String(missing),
    `${lost}, ${doubled}`,
  ]);
  console.log(`        ${describeLoad(report)}`);
  deepEqual([missing, report.unread, lost, doubled], [0, 0, 0, 0]);
  return report;
}

async function noRequestFails(action: string, work: () => Promise<void>): Promise<void> {
  await check(`${action}: no request fails`, async () => {
    deepEqual([...(await tryUnderLoad(action, work)).failed], []);
  });
}

const tasksOf = async (service: string) =>
  (await docker('ps', '--quiet', '--filter', `label=com.docker.swarm.service.name=${STACK}_${service}`))
    .split('\n')
    .filter((line) => line !== '');

/** An image like that of the first version, with one more line of a Dockerfile. */
async function buildVersion(version: string, name: string, line: string): Promise<void> {
  const image = `${MEOWER_IMAGES}-${name}`;
  await shell(
    `printf 'FROM ${image}:${MEOWER_VERSION}\\n${line}\\n' | docker build --quiet --tag ${image}:${version} -`,
  );
}

/** As many tasks as wanted are healthy. */
async function converged(service: string, count: number): Promise<void> {
  await until(async () => {
    const ids = await tasksOf(service);
    if (ids.length !== count) return false;
    const states = await docker('inspect', '--format', '{{.State.Health.Status}}', ...ids);
    return states
      .trim()
      .split('\n')
      .every((state) => state === 'healthy');
  });
}

async function killOneOf(service: string): Promise<void> {
  const [task = ''] = await tasksOf(service);
  await docker('kill', task);
  await until(async () => !(await tasksOf(service)).includes(task));
  await converged(service, 2);
}

async function forceUpdate(service: string): Promise<void> {
  const before = await tasksOf(service);
  await docker('service', 'update', '--detach=false', '--quiet', '--force', `${STACK}_${service}`);
  const after = await tasksOf(service);
  deepEqual(
    after.filter((id) => before.includes(id)),
    [],
  );
}

try {
  await check('the commands of docs/deployment.md start it', async () => {
    await shell(install).catch(async (error: unknown) => {
      console.log(
        await docker(
          'stack',
          'ps',
          '--no-trunc',
          '--format',
          '{{.Name}} {{.CurrentState}} {{.Error}}',
          STACK,
        ),
      );
      throw error;
    });
    equal(MEOWER_IMAGES, 'registry.example/meower');
    const page = await ask('/');
    equal(page.status, 200);
  });
  await check('a meow is pushed, listed and found', async () => {
    const watcher = await watch();
    const id = await post('in a swarm');
    await watcher.received(id);
    watcher.close();
    deepEqual(await listedIds(), [id]);
    await until(async () => (await meows('/search?query=swarm')).some((meow) => meow.id === id));
  });
  await check('a command of operators runs', async () => {
    match(
      await shell(operate),
      /[1-9] meows in the database, 0 of them not in the index; 0 in the index only/,
    );
  });

  for (const service of ['meow', 'query', 'pusher', 'elasticsearch-proxy'])
    await noRequestFails(`update of ${service}, two tasks`, () => forceUpdate(service));
  await check('update of nginx', async () => {
    await tryUnderLoad('update of nginx, one machine', () => forceUpdate('nginx'));
  });
  for (const service of ['postgres', 'nats', 'elasticsearch'])
    await check(`update of ${service}`, async () => {
      await tryUnderLoad(`update of ${service}, one task`, () => forceUpdate(service));
    });

  for (const service of ['meow', 'query', 'pusher'])
    await buildVersion(NEXT_VERSION, service, 'LABEL version=next');
  for (const name of ['secrets', 'migrate', 'nginx', 'elasticsearch-proxy', 'postgres'])
    await docker(
      'tag',
      `${MEOWER_IMAGES}-${name}:${MEOWER_VERSION}`,
      `${MEOWER_IMAGES}-${name}:${NEXT_VERSION}`,
    );
  await check('the commands of docs/deployment.md deploy the next version', async () => {
    await tryUnderLoad('deployment of another version', async () => {
      await shell(update);
    });
    for (const service of ['meow', 'query', 'pusher']) {
      const images = await docker('inspect', '--format', '{{.Config.Image}}', ...(await tasksOf(service)));
      deepEqual(new Set(images.trim().split('\n')), new Set([`${MEOWER_IMAGES}-${service}:${NEXT_VERSION}`]));
    }
  });

  await buildVersion(BROKEN_VERSION, 'query', 'CMD ["false"]');
  await noRequestFails('a version of query that does not start, which Swarm takes back', async () => {
    const image = `${MEOWER_IMAGES}-query:${BROKEN_VERSION}`;
    await docker(
      'service',
      'update',
      '--no-resolve-image',
      '--quiet',
      '--image',
      image,
      `${STACK}_query`,
    ).catch(() => undefined);
    await converged('query', 2);
    const state = await docker('service', 'inspect', '--format', '{{.UpdateStatus.State}}', `${STACK}_query`);
    equal(state.trim(), 'rollback_completed');
  });

  for (const service of ['meow', 'query', 'pusher'])
    await check(`a task of ${service} is killed`, async () => {
      await tryUnderLoad(`one of two tasks of ${service} killed`, () => killOneOf(service));
    });

  const scale = async (count: number) => {
    const settings = { MEOW_REPLICAS: `${count}`, QUERY_REPLICAS: `${count}`, PUSHER_REPLICAS: `${count}` };
    await shell(update, settings);
    for (const service of ['meow', 'query', 'pusher']) await converged(service, count);
  };
  await noRequestFails('from two tasks of meow, query and pusher to three, by settings', () => scale(3));
  await noRequestFails('from three tasks to two, by settings', () => scale(2));
  await check('other passwords', async () => {
    await tryUnderLoad('other passwords of Postgres', async () => {
      await shell(rotate, { MEOWER_VERSION: NEXT_VERSION });
    });
  });
} finally {
  await docker('swarm', 'leave', '--force');
  // Swarm removes the containers by and by.
  await until(async () => (await docker('ps', '--all', '--quiet', '--filter', OF_STACK)) === '');
  const volumes = await docker('volume', 'ls', '--quiet', '--filter', OF_STACK);
  await docker('volume', 'rm', ...volumes.trim().split('\n'));
  await rm(folder, { recursive: true });
}
for (const row of rows) console.log(`| ${row.join(' | ')} |`);
process.exit(summary() ? 0 : 1);
