// Backups, and the way back to them.
import { deepEqual, equal, ok } from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { until } from '../checks.ts';
import { compose, logLines } from '../compose.ts';
import { ask, listedIds, post } from '../requests.ts';
import { watch } from '../watcher.ts';
import {
  indexed,
  postMany,
  print,
  printErrors,
  search,
  shell,
  stored,
  untilIndexIsWhole,
  up,
} from './stack.ts';
import type { Trials } from './table.ts';

export const restores: Trials = {
  async 'restore: as documented'() {
    const { deleted, after, cursor } = await restore(async () => {
      await shell('docker compose stop meow query');
      await shell(
        'docker compose exec -T postgres pg_restore -U meower -d meower --clean --if-exists --single-transaction --exit-on-error < /tmp/meower-operations.dump',
      );
      await shell('docker compose restart postgres && docker compose up -d --wait');
      print(await shell('docker compose run --rm ops drift --repair'));
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
    print(`an old cursor receives ${JSON.stringify(frame)}`);
    deepEqual(frame, { kind: 2 });
    await untilIndexIsWhole();
  },

  async 'restore: while everything runs'() {
    const { deleted } = await restore(async () => {
      await shell(
        'docker compose exec -T postgres pg_restore -U meower -d meower --clean --if-exists --single-transaction --exit-on-error < /tmp/meower-operations.dump',
      );
      print(`search: ${JSON.stringify(await search().catch(String))}`);
      await shell('docker compose restart postgres && docker compose up -d --wait');
      for (let n = 0; n < 5; n++, await sleep(2000))
        print(
          `search: ${JSON.stringify(await search().catch(String))}, ${await indexed()} of ${await stored()}`,
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
    print(`up took ${((performance.now() - started) / 1000).toFixed(0)} s`);
    await printErrors('postgres', /recovery/, 12);
    print(await shell('docker compose run --rm ops drift --repair'));
    const listed = new Set(await listedIds());
    ok(new Set(kept).isSubsetOf(listed));
    ok(new Set(lost).isDisjointFrom(listed));
    await until(async () => (await ask(`/meows/${deleted}`)).status === 404);
    await post('after the recovery');
    await untilIndexIsWhole();
    delete process.env.COMPOSE_FILE;
    await up('--build');
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
