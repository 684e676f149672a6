// Full disks.
import { deepEqual, equal, ok } from 'node:assert/strict';
import { chown, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { waitUntil } from '../../../shared/src/testing/wait-until.ts';
import { askPrometheus, compose } from '../compose.ts';
import { ask } from '../requests.ts';
import { watch } from '../watcher.ts';
import {
  listsAll,
  postMany,
  print,
  printErrors,
  removeDeployment,
  search,
  secondsSince,
  shell,
  sql,
  unpublished,
  untilEmptyOutbox,
  untilIndexIsWhole,
  up,
} from './stack.ts';
import { addRow, type Trials } from './table.ts';

/** With the user that writes to it. */
const DISKS = {
  postgres: { megabytes: 250, user: 999 },
  nats: { megabytes: 60, user: 0 },
  elasticsearch: { megabytes: 150, user: 1000 },
};

export const disks: Trials = {
  'full disk: NATS': () =>
    onSmallDisks(async () => {
      await compose('--profile', 'observe', 'up', '--detach', '--wait', 'prometheus');
      const watcher = await watch();
      const ids = await postMany(200, 'before');
      await untilFiring([]);

      await fill('nats');
      const full = performance.now();
      ids.push(...(await postMany(1000, 'the disk of NATS is full')));
      print(`${await unpublished()} unpublished of 1000`);
      await untilFiring(['OutboxOld']);
      print(`OutboxOld fires ${secondsSince(full)} after the disk is full`);
      await printErrors('nats', /no space|insufficient/i, 2);
      ok((await unpublished()) > 0);

      await makeRoom('nats');
      const room = performance.now();
      await untilEmptyOutbox();
      const published = secondsSince(room);
      const received = async () =>
        new Set(ids).isSubsetOf(new Set(watcher.ids)) ? undefined : 'frames are missing';
      await waitUntil(received, { timeoutMs: 60_000 });
      equal(watcher.ids.length, new Set(watcher.ids).size);
      watcher.close();
      await untilFiring([]);
      print(`all published ${published} after there is room, no alert fires after ${secondsSince(room)}`);
      await untilIndexIsWhole();
      addRow(`disk of NATS full; all published ${published} after there is room`, '0 of 1200');
    }),

  'full disk: Postgres': () =>
    onSmallDisks(async () => {
      const ids = await postMany(200, 'before');
      await fill('postgres');
      const refused = await postUntil(503);
      ids.push(...refused.ids);
      const lists = new Map<number, number>();
      for (let n = 0; n < 40; n++, await sleep(250)) count(lists, (await ask('/meows')).status);
      print(`tables full: posts ${describe(refused.answers)}; lists ${describe(lists)}`);
      deepEqual([...lists.keys()], [200]);
      deepEqual([...refused.answers.keys()].sort(), [200, 503]);
      await makeRoom('postgres');
      let room = performance.now();
      const tables = await postUntil(200);
      ids.push(...tables.ids);
      print(`tables full: posts are answered ${secondsSince(room)} after there is room`);
      addRow('tables of Postgres full', `posts 503, lists 0 of 40; posts again after ${secondsSince(room)}`);

      await fill('postgres');
      // More than a segment of the write-ahead log.
      const write =
        "SELECT pg_logical_emit_message(true, 'full', repeat('x', 1000000)) FROM generate_series(1, 40)";
      await sql(write).catch((error: Error) => print(error.message.slice(0, 300)));
      const answers = new Map<number, number>();
      for (let n = 0; n < 40; n++, await sleep(250)) count(answers, (await ask('/meows')).status);
      print(`write-ahead log full: lists ${describe(answers)}`);
      print(await compose('ps', '--all', '--format', '{{.Service}} {{.Status}}', 'postgres'));
      await printErrors('postgres', /No space|PANIC|FATAL/);
      await makeRoom('postgres');
      room = performance.now();
      const log = await postUntil(200, 120_000);
      ids.push(...log.ids);
      const healed = secondsSince(room);
      print(`write-ahead log full: posts are answered ${healed} after there is room`);
      addRow('write-ahead log of Postgres full', `lists ${describe(answers)}; posts again after ${healed}`);
      ok(await listsAll(ids));
      await untilIndexIsWhole();
    }),

  'full disk: Elasticsearch': () =>
    onSmallDisks(async () => {
      const ids = await postMany(200, 'load before');
      await untilIndexIsWhole();
      await fill('elasticsearch', 120);
      // It looks at its disk every ten seconds.
      const isBlocked = async () =>
        (await printedSettings()).includes('read_only_allow_delete')
          ? undefined
          : 'the index is not read-only';
      await waitUntil(isBlocked, { timeoutMs: 60_000 });
      const full = performance.now();
      ids.push(...(await postMany(300, 'load, the engine is full')));
      ok(await listsAll(ids));
      print(`the index is read-only: ${JSON.stringify(await search())}`);
      const isMarked = async () => ((await search()).degraded ? undefined : 'searches are not marked');
      await waitUntil(isMarked, { timeoutMs: 90_000 });
      const marked = await search();
      print(`after ${secondsSince(full)}: ${JSON.stringify(marked)}`);
      deepEqual([marked.status, marked.found], [200, 5]);
      await printErrors('query', /"level":[45]0/);
      await makeRoom('elasticsearch');
      const seconds = await untilIndexIsWhole();
      print(`whole again ${seconds} after there is room`);
      addRow(`disk of Elasticsearch full; all in the index ${seconds} after there is room`, '0 of 500');
    }),
};

async function onSmallDisks(work: () => Promise<void>): Promise<void> {
  await removeDeployment();
  process.env.COMPOSE_FILE = 'docker-compose.yaml:.ci/compose/compose.small-disks.yaml';
  for (const [name, { megabytes, user }] of Object.entries(DISKS)) {
    await mkdir(folder(name), { recursive: true });
    await shell(`mount -t tmpfs -o size=${megabytes}m tmpfs ${folder(name)}`);
    await chown(folder(name), user, user);
  }
  try {
    await up();
    await work();
  } finally {
    await removeDeployment();
    for (const name of Object.keys(DISKS)) await shell(`umount ${folder(name)}`);
  }
}

const folder = (name: string) => join(String(process.env.SMALL_DISKS), name);
const makeRoom = (name: keyof typeof DISKS) => shell(`rm ${folder(name)}/filler`);

/** Without a number, until no byte is left. */
async function fill(name: keyof typeof DISKS, megabytes?: number): Promise<void> {
  const zeros = megabytes === undefined ? 'cat' : `head -c ${megabytes}M`;
  await shell(`${zeros} /dev/zero > ${folder(name)}/filler || true`);
}

/** Only these alerts fire. */
async function untilFiring(names: readonly string[]): Promise<void> {
  const find = async () => {
    const firing = Object.keys(await askPrometheus('ALERTS{alertstate="firing"}', 'alertname'));
    return firing.join() === names.join() ? undefined : `firing: ${firing.join() || 'none'}`;
  };
  await waitUntil(find, { timeoutMs: 300_000, intervalMs: 1000 });
}

function count(answers: Map<number, number>, status: number): void {
  answers.set(status, (answers.get(status) ?? 0) + 1);
}

const describe = (answers: Map<number, number>) =>
  [...answers].map(([status, n]) => `${n} ${status}`).join(', ');

/** Posts one after another until one is answered with `status`; with the ids of those that are stored. */
async function postUntil(status: number, timeoutMs = 60_000) {
  const answers = new Map<number, number>();
  const ids: string[] = [];
  const body = new URLSearchParams({ body: 'x'.repeat(140) });
  for (const started = performance.now(); performance.now() - started < timeoutMs; ) {
    const response = await ask('/meows', { method: 'POST', body });
    const text = await response.text();
    count(answers, response.status);
    if (response.ok) ids.push((JSON.parse(text) as { id: string }).id);
    if (response.status === status) return { answers, ids };
    if (!response.ok) await sleep(200);
  }
  throw new Error(`no ${status} within ${timeoutMs} ms: ${describe(answers)}`);
}

const printedSettings = () =>
  compose('exec', '-T', 'elasticsearch', 'curl', '-fsS', 'http://127.0.0.1:9200/meows/_settings');
