// What an operator does to a deployment, and what happens to it: .ci/operations-smoke [NAME…]. Prints a table.
import { deepEqual, equal, match, ok } from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { chown, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { waitUntil } from '../../shared/src/testing/wait-until.ts';
import { check, summary, until } from './checks.ts';
import { askElasticsearch, compose, docker, logLines } from './compose.ts';
import { describeLoad, type LoadReport, underLoad } from './load.ts';
import { ask, listedIds, post } from './requests.ts';
import { watch } from './watcher.ts';

/** The least: a few thousand events overflow the stream. */
const SMALL_STREAM = { NATS_MAX_BYTES: '1048576' };
const BURST = 4000;
const CLIENTS = 16;
const ROOT = join(import.meta.dirname, '../..');
const table: string[] = [];

/** A line of the shell, as docs/operations.md has it. */
async function shell(line: string): Promise<string> {
  const options = { cwd: ROOT, timeout: 300_000, maxBuffer: 64 << 20 };
  const running = promisify(execFile)('bash', ['-euo', 'pipefail', '-c', line], options);
  const { stdout, stderr } = await running.catch((error: Error & { stdout: string }) => {
    throw new Error(`${error.message}\n${error.stdout}`, { cause: error });
  });
  return stdout + stderr;
}

/** For Docker, a container that was paused is unhealthy until its next check, after 30 s. */
async function up(...args: string[]): Promise<void> {
  const start = async () => {
    await compose('up', '--detach', '--wait', '--wait-timeout', '240', ...args);
    return undefined;
  };
  await waitUntil(start, { timeoutMs: 60_000 });
}

async function tryUnderLoad(action: string, work: () => Promise<void>): Promise<LoadReport> {
  const report = await underLoad(work);
  console.log(`        ${describeLoad(report)}`);
  const failed = [...report.failed].map(([why, n]) => `${n} ${why}`).join(', ') || '0';
  const seconds = (ms: number) => `${(ms / 1000).toFixed(1)} s`;
  const during = report.failed.size > 0 ? `, within ${seconds(report.failedForMs)}` : '';
  table.push(
    `| ${action} | ${failed} of ${report.requests}${during} | ${seconds(report.longestGapMs)} | ${report.lost}, ${report.doubled} |`,
  );
  deepEqual([report.lost, report.doubled], [0, 0]);
  return report;
}

async function postMany(count: number, text: string): Promise<string[]> {
  const ids: string[] = [];
  let next = 0;
  const client = async () => {
    while (next < count) ids.push(await post(`${text} ${next++}`));
  };
  await Promise.all(Array.from({ length: CLIENTS }, client));
  return ids;
}

async function stored(): Promise<number> {
  const sql = 'SELECT count(*) FROM meows';
  return Number(await compose('exec', '-T', 'postgres', 'psql', '-U', 'meower', '-Atc', sql, 'meower'));
}

async function unpublished(): Promise<number> {
  const sql = 'SELECT count(*) FROM outbox_events';
  return Number(await compose('exec', '-T', 'postgres', 'psql', '-U', 'meower', '-Atc', sql, 'meower'));
}

async function indexed(): Promise<number> {
  await askElasticsearch('/meows/_refresh');
  return (await askElasticsearch<{ count: number }>('/meows/_count')).count;
}

async function search(): Promise<{ status: number; degraded: boolean; found: number }> {
  const response = await ask('/search?query=load&take=5');
  const found = ((await response.json()) as unknown[]).length;
  return { status: response.status, degraded: response.headers.has('x-degraded'), found };
}

/** Waits until search is whole; how long it took. */
async function untilIndexIsWhole(): Promise<string> {
  const started = performance.now();
  const findMissing = async () => {
    const { degraded } = await search();
    const [inIndex, inDatabase] = [await indexed(), await stored()];
    return degraded || inIndex !== inDatabase
      ? `${inIndex} of ${inDatabase} meows, degraded: ${degraded}`
      : undefined;
  };
  await waitUntil(findMissing, { timeoutMs: 120_000 });
  return `${((performance.now() - started) / 1000).toFixed(0)} s`;
}

/** What a socket that resumes receives first. */
async function firstFrame(cursor: number): Promise<unknown> {
  const url = `${process.argv[2]?.replace(/^http/, 'ws')}/pusher?cursor=${cursor}`;
  const socket = new WebSocket(url);
  try {
    return await new Promise((resolve, reject) => {
      socket.addEventListener('message', ({ data }) => resolve(JSON.parse(String(data))));
      socket.addEventListener('close', () => reject(new Error('closed without a frame')));
      setTimeout(() => reject(new Error('no frame in 20 s')), 20_000);
    });
  } finally {
    socket.close();
  }
}

async function restarts(): Promise<Record<string, string>> {
  const ids = (await compose('ps', '--quiet', 'meow', 'query', 'pusher')).trim().split('\n');
  const states = await docker(
    'inspect',
    '--format',
    '{{.Name}} {{.RestartCount}} {{.State.Health.Status}}',
    ...ids,
  );
  return Object.fromEntries(
    states
      .trim()
      .split('\n')
      .map((line) => [line.split(' ')[0], line]),
  );
}

/** The last error lines of a service, shortened. */
async function printErrors(service: string, pattern: RegExp, count = 3): Promise<void> {
  const lines = (await logLines(service)).filter((line) => pattern.test(line));
  for (const line of lines.slice(-count)) console.log(`        ${service}: ${line.slice(0, 400)}`);
}

const TRIALS: Record<string, () => Promise<void>> = {
  async commands() {
    const id = await post('to be explained');
    await until(async () => (await unpublished()) === 0);
    for (const [command, printed] of [
      ['status', /^outbox +0 unpublished/m],
      [`explain ${id}`, /^database +stored$/m],
      ['migrate', /^The schema is up to date/m],
      ['drift', /\d/],
      ['drift --repair', /not in the index/],
      ['reindex', /The new index is in use/],
      ['dead list', /^0 dead letters$/m],
      ['republish', /Published the events of/],
      ['moderate list', /^$/],
      [`delete ${id}`, new RegExp(`deleted: ${id}`)],
    ] as const)
      match(await compose('run', '--rm', '-T', 'ops', ...command.split(' ')), printed, command);
    equal((await ask(`/meows/${id}`)).status, 404);
  },

  async 'nginx: another setting'() {
    await tryUnderLoad('`npm run deploy` with another setting of nginx', async () => {
      process.env.LIMIT_READS = '6000001';
      console.log((await shell('npm run --silent deploy -- nginx')).replace(/^(?=.)/gm, '        '));
    });
  },

  async 'nginx: limits while it runs'() {
    await tryUnderLoad('another limit in the nginx that runs', async () => {
      await shell(
        "docker compose exec -T -e LIMIT_POSTS=6000002 nginx sh -c '/docker-entrypoint.d/20-envsubst-on-templates.sh && nginx -s reload'",
      );
      match(await compose('exec', '-T', 'nginx', 'cat', '/tmp/limits.conf'), /6000002/);
      await sleep(8000);
    });
  },

  async 'password: Postgres'() {
    const { failedForMs } = await tryUnderLoad('another password of Postgres', async () => {
      await sleep(2000);
      await shell(
        'docker compose run --rm --no-deps secrets node src/main.ts --replace postgres && docker compose exec -T postgres /docker-entrypoint-initdb.d/apply.sh',
      );
      await sleep(3000);
    });
    ok(failedForMs < 1000);
    await compose('restart', 'meow', 'query');
    await up();
    await post('with the new password');
  },

  async 'password: NATS'() {
    const { failedForMs } = await tryUnderLoad('another password of NATS', async () => {
      await sleep(2000);
      await shell(
        'docker compose run --rm --no-deps secrets node src/main.ts --replace nats && docker compose kill --signal HUP nats',
      );
      await sleep(5000);
    });
    ok(failedForMs < 1000);
    await until(async () => (await unpublished()) === 0);
  },

  async 'away: Elasticsearch for 135 s'() {
    const before = await restarts();
    const { failed } = await tryUnderLoad('Elasticsearch unavailable for 135 s', async () => {
      await compose('stop', 'elasticsearch');
      await sleep(135_000);
      await compose('start', 'elasticsearch');
    });
    deepEqual([...failed], []);
    deepEqual(await restarts(), before);
    console.log(`        search is whole again after ${await untilIndexIsWhole()}`);
  },

  async 'away: NATS for 20 s'() {
    const { failed } = await tryUnderLoad('NATS unavailable for 20 s', async () => {
      await compose('stop', 'nats');
      await sleep(20_000);
      await compose('start', 'nats');
    });
    deepEqual([...failed], []);
    await until(async () => (await unpublished()) === 0);
  },

  async 'away: Postgres paused for 25 s'() {
    await tryUnderLoad('Postgres paused for 25 s', async () => {
      await compose('pause', 'postgres');
      await sleep(25_000);
      await compose('unpause', 'postgres');
      await sleep(5000);
    });
    equal((await ask('/meows')).status, 200);
  },

  async 'killed: each dependency and service'() {
    for (const service of ['nats', 'postgres', 'elasticsearch', 'meow', 'query', 'pusher'])
      await tryUnderLoad(`\`docker kill\` of ${service}, started again`, async () => {
        await compose('kill', service);
        await compose('start', service);
        await up();
        await sleep(3000);
      });
    await untilIndexIsWhole();
  },

  async 'full stream: NATS_DISCARD=new'() {
    Object.assign(process.env, SMALL_STREAM, { NATS_DISCARD: 'new' });
    await up();
    const watcher = await watch();
    const ids = await postMany(BURST, 'full stream');
    await until(async () => (await unpublished()) === 0);
    await until(async () => new Set(ids).isSubsetOf(new Set(watcher.ids)));
    equal(watcher.ids.length, new Set(watcher.ids).size);
    watcher.close();
    await untilIndexIsWhole();
    table.push(
      `| ${BURST} posts through a stream of 1 MiB, \`NATS_DISCARD=new\` | 0 of ${BURST} | none | 0, 0 |`,
    );
    await compose('stop', 'elasticsearch');
    await postMany(BURST, 'full stream, no engine');
    console.log(`        without Elasticsearch ${await unpublished()} events wait`);
    await sleep(65_000);
    const readiness = await compose(
      ...['exec', '-T', 'meow', 'node', '-e'],
      "fetch('http://127.0.0.1:8080/readyz').then((r) => r.text()).then(console.log)",
    );
    console.log(`        ${readiness.trim()}`);
    match(readiness, /outbox/);
    await compose('start', 'elasticsearch');
    const seconds = await untilIndexIsWhole();
    // The stream has room only after the indexer has handled what it holds.
    const findUnpublished = async () => ((await unpublished()) === 0 ? undefined : 'the outbox is not empty');
    await waitUntil(findUnpublished, { timeoutMs: 120_000 });
    table.push(
      `| the same, Elasticsearch unavailable; all in the index ${seconds} after its start | 0 of ${BURST} | none | 0, 0 |`,
    );
  },

  async 'overflow: the engine away'() {
    Object.assign(process.env, SMALL_STREAM, { NATS_DISCARD: 'old' });
    await up();
    await compose('stop', 'elasticsearch');
    const watcher = await watch();
    const ids = await postMany(BURST, 'overflow');
    await until(async () => new Set(ids).isSubsetOf(new Set(watcher.ids)));
    watcher.close();
    deepEqual((await search()).degraded, true);
    await compose('start', 'elasticsearch');
    const seconds = await untilIndexIsWhole();
    await printErrors('query', /fill|incomplete|gap|drop/i);
    table.push(
      `| overflow (\`old\`), Elasticsearch unavailable; all in the index ${seconds} after its start | 0 of ${BURST} | none | 0, 0 |`,
    );
  },

  async 'restore: as documented'() {
    const { deleted, after, cursor } = await restore(async () => {
      await shell('docker compose stop meow query');
      await shell(
        'docker compose exec -T postgres pg_restore -U meower -d meower --clean --if-exists --single-transaction --exit-on-error < /tmp/meower-operations.dump',
      );
      await shell('docker compose restart postgres && docker compose up -d --wait');
      console.log(
        `        ${(await shell('docker compose run --rm ops drift --repair')).trim().split('\n').join('\n        ')}`,
      );
    });
    await until(async () => (await ask(`/meows/${deleted}`)).status === 404);
    equal((await ask(`/meows/${after}`)).status, 404);
    const resumed = await watch(cursor);
    const id = await post('after the restore');
    await resumed.received(id);
    resumed.close();
    await untilIndexIsWhole();
  },

  async 'restore: stream lost as well'() {
    const { cursor } = await restore(async () => {
      await shell('docker compose stop meow query pusher nats');
      await shell(
        'docker compose exec -T postgres pg_restore -U meower -d meower --clean --if-exists --single-transaction --exit-on-error < /tmp/meower-operations.dump',
      );
      await shell(
        'docker compose rm -f nats && docker volume rm "$COMPOSE_PROJECT_NAME"_nats-data && docker compose restart postgres && docker compose up -d --wait',
      );
      await shell('docker compose run --rm ops republish && docker compose run --rm ops drift --repair');
    });
    const frame = await firstFrame(cursor);
    console.log(`        an old cursor receives ${JSON.stringify(frame)}`);
    deepEqual(frame, { kind: 2 });
    await untilIndexIsWhole();
  },

  async 'restore: while everything runs'() {
    const { deleted } = await restore(async () => {
      await shell(
        'docker compose exec -T postgres pg_restore -U meower -d meower --clean --if-exists --single-transaction --exit-on-error < /tmp/meower-operations.dump',
      );
      console.log(`        search: ${JSON.stringify(await search().catch(String))}`);
      await shell('docker compose restart postgres && docker compose up -d --wait');
      for (let n = 0; n < 5; n++, await sleep(2000))
        console.log(
          `        search: ${JSON.stringify(await search().catch(String))}, ${await indexed()} of ${await stored()}`,
        );
      await shell('docker compose restart meow && docker compose run --rm ops drift --repair');
    });
    await until(async () => (await ask(`/meows/${deleted}`)).status === 404);
    await untilIndexIsWhole();
  },

  async 'point-in-time recovery'() {
    process.env.COMPOSE_FILE = 'docker-compose.yaml:postgres/compose.backup.yaml';
    await shell('docker compose build --quiet postgres');
    await up();
    await shell('docker compose exec -T postgres pgbackrest stanza-create');
    await postMany(50, 'before the backup');
    await shell('docker compose exec -T postgres pgbackrest backup');
    const kept = await postMany(50, 'before the moment');
    const deleted = await post('to be deleted');
    await sleep(2000);
    const moment = new Date().toISOString().replace('T', ' ').replace(/\..*/, '+00');
    await sleep(2000);
    const lost = await postMany(20, 'after the moment');
    await compose('run', '--rm', '-T', 'ops', 'delete', deleted);
    await shell('docker compose exec -T postgres psql -U meower meower -c "SELECT pg_switch_wal()"');
    await sleep(3000);
    await shell('docker compose stop meow query postgres');
    const recover = (to: string) =>
      shell(`docker compose run --rm --no-deps --entrypoint bash postgres -c 'rm -f $PGDATA/postmaster.pid
      pgbackrest --delta --type=time "--target=${to}" --target-action=promote restore'`);
    // A moment that the archive does not have.
    await recover(new Date(Date.now() + 86_400_000).toISOString().replace('T', ' ').replace(/\..*/, '+00'));
    await compose('up', '--detach', 'postgres');
    await until(async () =>
      (await logLines('postgres')).some((line) => line.includes('recovery ended before')),
    );
    await compose('stop', 'postgres');
    await recover(moment);
    const started = performance.now();
    await shell('docker compose up -d --wait');
    console.log(`        up took ${((performance.now() - started) / 1000).toFixed(0)} s`);
    await printErrors('postgres', /recovery/, 12);
    console.log(`        ${(await shell('docker compose run --rm ops drift --repair')).trim()}`);
    const listed = new Set(await listedIds());
    ok(new Set(kept).isSubsetOf(listed));
    ok(new Set(lost).isDisjointFrom(listed));
    await until(async () => (await ask(`/meows/${deleted}`)).status === 404);
    await post('after the recovery');
    await untilIndexIsWhole();
    delete process.env.COMPOSE_FILE;
    await up('--build');
  },

  async 'refused: an empty volume, another major version'() {
    await compose('stop', 'postgres');
    const volume = `${process.env.COMPOSE_PROJECT_NAME}_postgres-data`;
    const inVolume = (script: string) =>
      docker(
        'run',
        '--rm',
        '-v',
        `${volume}:/data`,
        '--entrypoint',
        'sh',
        process.env.NODE_IMAGE ?? 'node:24-slim',
        '-c',
        script,
      );
    const refusal = async (pattern: RegExp) => {
      await compose('start', 'postgres');
      await until(async () => (await logLines('postgres')).some((line) => pattern.test(line)));
      await printErrors('postgres', pattern, 1);
      equal((await ask('/meows')).status, 503);
      await compose('stop', 'postgres');
    };
    await inVolume('mkdir /data/.kept && mv /data/* /data/.kept');
    await refusal(/is empty, but this deployment has had a database/);
    await inVolume('mv /data/.kept/* /data && rmdir /data/.kept && echo 16 > /data/PG_VERSION');
    await refusal(/initialized by PostgreSQL version 16/);
    await inVolume('echo 17 > /data/PG_VERSION');
    await up();
    await untilIndexIsWhole();
  },

  async 'schema: newer than the services'() {
    const sql = (statement: string) =>
      compose('exec', '-T', 'postgres', 'psql', '-U', 'meower', '-c', statement, 'meower');
    await sql("INSERT INTO schema_migrations VALUES (3, '0003-likes', 2, now())");
    await compose('restart', 'query');
    await up();
    await sql("UPDATE schema_migrations SET name = '0003-no-body', compatible_with = 3 WHERE number = 3");
    await compose('restart', 'query');
    await until(async () => (await logLines('query')).some((line) => line.includes('0003-no-body')));
    await printErrors('query', /0003/);
    equal((await ask('/meows', { method: 'POST' })).status, 400, 'the meow that runs goes on');
    await sql('DELETE FROM schema_migrations WHERE number = 3');
    await up();
  },

  async 'major upgrade of Postgres'() {
    await postMany(50, 'before the upgrade');
    const before = await listedIds();
    const count = await stored();
    await shell('docker compose exec -T postgres pg_dump -U meower -Fc meower > /tmp/meower-operations.dump');
    await shell(
      'docker compose stop && docker compose rm -f postgres && docker volume rm "$COMPOSE_PROJECT_NAME"_postgres-data',
    );
    process.env.POSTGRES_IMAGE = process.env.NEXT_POSTGRES_IMAGE ?? 'postgres:18';
    await shell('docker compose build --quiet postgres');
    await shell('docker compose run --rm --no-deps --entrypoint rm postgres /var/lib/meower/has-database');
    await shell('docker compose up -d --wait postgres');
    await shell(
      'docker compose exec -T postgres pg_restore -U meower -d meower --clean --if-exists --single-transaction --exit-on-error < /tmp/meower-operations.dump',
    );
    await shell('docker compose restart postgres && docker compose up -d --wait');
    console.log(
      `        ${await shell('docker compose exec -T postgres psql -U meower -Atc "SHOW server_version" meower')}`,
    );
    deepEqual(await listedIds(), before);
    await post('after the upgrade');
    await untilIndexIsWhole();
    // The data stay when the container is replaced.
    await shell('docker compose up -d --wait --force-recreate postgres');
    equal(await stored(), count + 1);
  },

  async memory() {
    const measure = async (title: string, load: Record<string, string> | undefined, seconds: number) => {
      const abort = new AbortController();
      const running = load
        ? promisify(execFile)('node', ['bench/src/standing-load/main.ts'], {
            cwd: ROOT,
            env: { ...process.env, ...load, LOAD_URL: String(process.argv[2]) },
            signal: abort.signal,
            killSignal: 'SIGTERM',
            maxBuffer: 64 << 20,
          }).catch((error: { stdout?: string }) => ({ stdout: error.stdout ?? '' }))
        : undefined;
      const most = new Map<string, number>();
      for (const end = performance.now() + seconds * 1000; performance.now() < end; await sleep(1000)) {
        const stats = await shell(
          'docker stats --no-stream --format "{{.Name}} {{.MemUsage}}" $(docker compose ps -q)',
        );
        for (const [, name, value, unit] of stats.matchAll(/-([a-z-]+)-\d+ ([\d.]+)([KMG])iB/g)) {
          const megabytes = Number(value) * ({ K: 1 / 1024, M: 1, G: 1024 }[String(unit)] ?? 1);
          most.set(String(name), Math.max(most.get(String(name)) ?? 0, megabytes));
        }
      }
      abort.abort();
      const output = await running;
      for (const line of output?.stdout.trim().split('\n').slice(-4) ?? [])
        console.log(`        ${line.slice(0, 300)}`);
      console.log(
        `        ${title}: ${[...most].map(([name, mb]) => `${name} ${mb.toFixed(0)}`).join(', ')}`,
      );
    };
    await compose('restart');
    await up();
    await measure('idle', undefined, 15);
    await measure(
      '500 posts/s',
      { LOAD_POSTS: '500', LOAD_READS: '100', LOAD_SEARCHES: '10', LOAD_SOCKETS: '100' },
      45,
    );
    await measure(
      'peak',
      { LOAD_POSTS: '100000', LOAD_READS: '2000', LOAD_SEARCHES: '50', LOAD_SOCKETS: '1000' },
      45,
    );
  },

  async 'full disks'() {
    await compose('down', '--volumes', '--timeout', '30');
    process.env.COMPOSE_FILE = 'docker-compose.yaml:.ci/compose/compose.small-disks.yaml';
    const disks = String(process.env.SMALL_DISKS);
    for (const [name, megabytes, user] of [
      ['postgres', 250, 999],
      ['nats', 60, 0],
      ['elasticsearch', 150, 1000],
    ] as const) {
      await mkdir(join(disks, name), { recursive: true });
      await shell(`mount -t tmpfs -o size=${megabytes}m tmpfs ${join(disks, name)}`);
      await chown(join(disks, name), user, user);
    }
    await up();
    await postMany(200, 'before');
    await untilIndexIsWhole();
    const fill = (name: string) => shell(`cat /dev/zero > ${join(disks, name)}/filler || true`);
    const makeRoom = (name: string) => shell(`rm ${join(disks, name)}/filler`);

    await fill('postgres');
    const answers = new Map<string, number>();
    const count = (answer: string) => answers.set(answer, (answers.get(answer) ?? 0) + 1);
    for (let n = 0; n < 30_000 && [...answers.keys()].every((answer) => answer === 'POST 200'); n += CLIENTS)
      await Promise.all(
        Array.from({ length: CLIENTS }, async () => {
          const body = new URLSearchParams({ body: 'x'.repeat(140) });
          count(`POST ${(await ask('/meows', { method: 'POST', body })).status}`);
        }),
      );
    for (let n = 0; n < 20; n++, await sleep(250)) count(`GET ${(await ask('/meows')).status}`);
    console.log(`        Postgres: ${[...answers].map(([answer, n]) => `${n} ${answer}`).join(', ')}`);
    console.log(
      `        ${(await compose('ps', '--all', '--format', '{{.Service}} {{.Status}}', 'postgres')).trim()}`,
    );
    await printErrors('postgres', /No space|PANIC|FATAL/);
    await printErrors('meow', /"level":50/, 1);
    await makeRoom('postgres');
    const started = performance.now();
    await until(async () => (await ask('/meows?body=x', { method: 'POST' })).status === 200).catch(() =>
      console.log('        Postgres does not heal by itself in 20 s'),
    );
    await shell('docker compose up -d --wait postgres');
    await until(async () => (await ask('/meows?body=x', { method: 'POST' })).status === 200);
    console.log(
      `        Postgres: posts are answered ${((performance.now() - started) / 1000).toFixed(0)} s after there is room`,
    );
    await untilIndexIsWhole();

    await fill('nats');
    await postMany(1000, 'nats is full');
    console.log(`        NATS: ${await unpublished()} unpublished`);
    await printErrors('nats', /no space|insufficient|error/i);
    await makeRoom('nats');
    const room = performance.now();
    await until(async () => (await unpublished()) === 0).catch(() =>
      console.log('        NATS does not heal by itself in 20 s'),
    );
    console.log(
      `        NATS: ${await unpublished()} unpublished ${((performance.now() - room) / 1000).toFixed(0)} s after there is room`,
    );
    console.log(
      `        ${(await shell('timeout 30 docker compose run --rm -T ops dead list || echo "dead list fails"')).trim()}`,
    );
    if ((await unpublished()) > 0) {
      await shell('docker compose restart nats');
      await until(async () => (await unpublished()) === 0);
      console.log('        NATS: healed by a restart');
    }
    await untilIndexIsWhole();

    await shell(`head -c ${120 << 20} /dev/zero > ${join(disks, 'elasticsearch')}/filler || true`);
    await sleep(15_000);
    await postMany(300, 'the engine is full');
    await sleep(3000);
    console.log(
      `        Elasticsearch: ${await indexed()} of ${await stored()}, search ${JSON.stringify(await search())}`,
    );
    await printErrors('query', /"level":[45]0/);
    await makeRoom('elasticsearch');
    console.log(`        Elasticsearch: whole again ${await untilIndexIsWhole()} after there is room`);
    await compose('down', '--volumes', '--timeout', '30');
    delete process.env.COMPOSE_FILE;
    await up();
  },
};

interface Restored {
  deleted: string;
  after: string;
  cursor: number;
}

/** Posts, dumps the database, posts and deletes further meows, and goes back to the dump. */
async function restore(work: () => Promise<void>): Promise<Restored> {
  const watcher = await watch();
  const deleted = await post('deleted after the backup');
  await postMany(50, 'in the backup');
  await shell('docker compose exec -T postgres pg_dump -U meower -Fc meower > /tmp/meower-operations.dump');
  const after = await post('lost: after the backup');
  await compose('run', '--rm', '-T', 'ops', 'delete', deleted);
  await until(async () => watcher.deletions.includes(deleted));
  const cursor = watcher.cursor();
  watcher.close();
  await work();
  ok(cursor !== undefined);
  return { deleted, after, cursor };
}

const chosen = process.argv.slice(3);
await up();
for (const [name, trial] of Object.entries(TRIALS)) {
  if (chosen.length > 0 && !chosen.some((part) => name.includes(part))) continue;
  const before = { ...process.env };
  await check(name, trial);
  process.env = before;
  await up().catch(console.log);
}
console.log(
  '| action | failed of all requests | longest gap of a socket | frames lost, doubled |\n| --- | --- | --- | --- |',
);
for (const row of table) console.log(row);
await mkdir(join(ROOT, 'test-results'), { recursive: true });
await writeFile(join(ROOT, 'test-results/operations.md'), `${table.join('\n')}\n`, { flag: 'a' }).catch(
  console.log,
);
process.exitCode = summary() ? 0 : 1;
