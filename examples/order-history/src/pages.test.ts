import { readFile } from 'node:fs/promises';
import { openPglite } from '@meower/shared/db/pglite.ts';
import type { SqlDatabase } from '@meower/shared/db/sql.ts';
import { transactionsWithEvents } from '@meower/shared/outbox/transactions-with-events.ts';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { eventsOf, type Kind } from './events.ts';
import { createReadModel } from './reading/read-model.ts';
import { createStore } from './writing/store.ts';

const PAGE = { threshold: 15, after: 7, offset: 0, limit: 100, user_id: 0 };

let db: SqlDatabase;
beforeAll(async () => {
  db = await openPglite();
  for (const file of ['writing/order.sql', 'writing/goods.sql', 'reading/order-history.sql'])
    await db.script(await readFile(new URL(file, import.meta.url), 'utf8'));
});
afterAll(() => db.close());

/** The plan of the one query that `read` makes, in which the planner sorts only what it cannot read in order. */
async function planOf(read: (db: SqlDatabase) => Promise<unknown>): Promise<string> {
  return db.transaction(async (session) => {
    await session.run({ name: 'no_sort', text: 'SET LOCAL enable_sort = off' });
    let plan = '';
    const explaining: SqlDatabase = {
      ...db,
      async run({ name, text }, values) {
        const lines = await session.run({ name: `explain_${name}`, text: `EXPLAIN ${text}` }, values);
        plan = JSON.stringify(lines);
        return [];
      },
    };
    await read(explaining);
    return plan;
  });
}

const storeOf = (kind: Kind, db: SqlDatabase) =>
  createStore(
    kind,
    eventsOf(kind, 'created'),
    db,
    transactionsWithEvents(db, () => {}),
  );

test.each([
  ['the history', (db: SqlDatabase) => createReadModel(db).page(PAGE)],
  ['the history of a user', (db: SqlDatabase) => createReadModel(db).page({ ...PAGE, user_id: 7 })],
  ['the orders', (db: SqlDatabase) => storeOf('order', db).page(7, 100)],
  ['the goods', (db: SqlDatabase) => storeOf('goods', db).page(7, 100)],
])('a page of %s is read in the order of an index, and does not sort all that follows', async (_, read) => {
  const plan = await planOf(read);
  expect(plan).toContain('Index');
  expect(plan).not.toContain('Sort');
});
