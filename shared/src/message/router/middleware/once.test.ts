import { openPglite } from '../../../db/pglite.ts';
import { describeReal } from '../../../testing/describe-real.ts';
import { createTestDatabase } from '../../../testing/postgres.ts';
import { onceContract } from './once.contract.ts';

onceContract('PGlite', async () => {
  const db = await openPglite();
  return { db, close: () => db.close() };
});

describeReal('postgres', (url) =>
  onceContract('Postgres', async () => {
    const { db, drop } = await createTestDatabase(url);
    return { db, close: drop };
  }),
);
