import { describe } from 'vitest';
import { openPglite } from '../db/pglite.ts';
import { describeReal } from '../testing/describe-real.ts';
import { createTestDatabase } from '../testing/postgres.ts';
import { outboxContract } from './outbox.contract.ts';

describe('pglite', () =>
  outboxContract(async () => {
    const db = await openPglite();
    return { db, close: () => db.close() };
  }));

describeReal('postgres', (url) =>
  outboxContract(async () => {
    const { db, drop } = await createTestDatabase(url);
    return { db, close: drop };
  }),
);
