import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { openPglite } from '../../db/pglite.ts';
import { describeReal } from '../../testing/describe-real.ts';
import { createTestDatabase } from '../../testing/postgres.ts';
import { silentLogger } from '../../testing/silent-logger.ts';
import type { Delivery } from '../capabilities.ts';
import { Inbox, messages } from '../contract/samples.ts';
import { createSqlBroker } from '../sql.ts';
import { emptySqlBroker } from './testing/empty-sql-broker.ts';

const PROGRAM = new URL('./testing/member-process.ts', import.meta.url);
const cleanUps: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

function start(task: string, place: string): ChildProcess {
  const child = fork(PROGRAM, [task, place]);
  cleanUps.push(() => child.kill('SIGKILL'));
  return child;
}

async function kill(child: ChildProcess): Promise<void> {
  const exited = once(child, 'exit');
  child.kill('SIGKILL');
  await exited;
}

describeReal('postgres', (url) => {
  test('redelivers what a killed member has not acked, and counts the attempt', async () => {
    const { db, config, drop } = await createTestDatabase(url);
    cleanUps.push(drop);
    await emptySqlBroker(db);
    const broker = createSqlBroker(db, { logger: silentLogger });
    cleanUps.push(() => broker.close());
    await broker.publish('topic', messages(3));
    const member = start('receive', JSON.stringify(config));
    await once(member, 'message');
    await kill(member);
    const inbox = new Inbox<Delivery>();
    await broker.consume(['topic'], 'group', async (batch) => batch.forEach(inbox.add));
    await inbox.has(3);
    expect(inbox.received.map(({ attempt }) => attempt)).toEqual([2, 2, 2]);
    expect(inbox.texts).toEqual(['0', '1', '2']);
  });
});

test('PGlite holds what a killed publisher had confirmed', { timeout: 60_000 }, async () => {
  const folder = await mkdtemp(join(tmpdir(), 'meower-sql-broker-'));
  cleanUps.push(() => rm(folder, { recursive: true, force: true }));
  const before = await openPglite(folder);
  await emptySqlBroker(before);
  await before.close();

  const publisher = start('publish', folder);
  let confirmed = -1;
  const enough = Promise.withResolvers<void>();
  publisher.on('message', (n: number) => {
    confirmed = n;
    if (n >= 20) enough.resolve();
  });
  await enough.promise;
  await kill(publisher);

  const db = await openPglite(folder);
  cleanUps.push(() => db.close());
  const broker = createSqlBroker(db, { logger: silentLogger });
  cleanUps.push(() => broker.close());
  const stored = (await broker.read(['topic'], undefined, 100_000)).map(({ id }) => Number(id));
  expect(stored.slice(0, confirmed + 1)).toEqual(Array.from({ length: confirmed + 1 }, (_, n) => n));
});
