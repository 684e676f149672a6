import { expect, test } from 'vitest';
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

test('PGlite: the version stays as long as nothing is written', async () => {
  const repository = createSqlRepository(await openPglite());
  await repository.migrate();
  const version = await repository.version();
  await repository.listMeows(0, 10);
  expect(await repository.version()).toBe(version);
  await repository.close();
});
