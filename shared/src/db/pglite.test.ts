import { openPglite } from './pglite.ts';
import { outboxSize, repositoryContract } from './repository.contract.ts';
import { createSqlRepository } from './sql-repository.ts';

repositoryContract('PGlite', async () => {
  const db = await openPglite();
  return {
    repository: createSqlRepository(db),
    clear: () => db.script('TRUNCATE meows, outbox, idempotency_keys'),
    outboxSize: () => outboxSize(db),
  };
});
