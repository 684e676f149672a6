import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { z } from 'zod';
import { openPglite } from '../db/pglite.ts';
import { readSql } from '../db/read-sql.ts';
import { type SqlDatabase, statement } from '../db/sql.ts';
import { defineEvent } from '../event/define-event.ts';
import { createOutbox, OUTBOX_SCHEMA } from './outbox.ts';
import { transactionsWithEvents } from './transactions-with-events.ts';

const catSeen = defineEvent('cat.seen', { source: '/test', key: (cat) => cat, schema: z.string() });
const event = (cat: string) => catSeen.create(cat, { id: randomUUID() });
const insert = statement('insert_cat', 'INSERT INTO cats VALUES ($1)');

let db: SqlDatabase;
beforeAll(async () => {
  db = await openPglite();
  await db.script(`${await readSql(OUTBOX_SCHEMA)} CREATE TABLE cats (name TEXT)`);
}, 60_000);
beforeEach(() => db.script('TRUNCATE cats, outbox_events'));
afterAll(() => db.close());

test('rows and events are stored together, and the caller is told when there are events', async () => {
  const onCommitted = vi.fn();
  const transaction = transactionsWithEvents(db, onCommitted);
  const name = await transaction(async (session, add) => {
    await session.run(insert, ['Tom']);
    await add(event('Tom'), event('Tom'));
    return 'Tom';
  });
  expect(name).toBe('Tom');
  expect(onCommitted).toHaveBeenCalledOnce();
  expect(await createOutbox(db).count()).toBe(2);
  await transaction((session) => session.run(insert, ['Kim']));
  expect(onCommitted).toHaveBeenCalledOnce();
});

test('a failure stores neither', async () => {
  const onCommitted = vi.fn();
  const failing = transactionsWithEvents(
    db,
    onCommitted,
  )(async (session, add) => {
    await session.run(insert, ['Tom']);
    await add(event('Tom'));
    throw new Error('the cat is gone');
  });
  await expect(failing).rejects.toThrow('the cat is gone');
  expect(onCommitted).not.toHaveBeenCalled();
  expect(await createOutbox(db).count()).toBe(0);
  expect(await db.run(statement('cats', 'SELECT name FROM cats'))).toEqual([]);
});
