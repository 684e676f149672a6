import { expect, test } from 'vitest';
import { repositoryContract } from './meow-repository.contract.ts';
import { moderationContract } from './moderation-repository.contract.ts';
import { openPglite } from './pglite.ts';
import { createSqlRepository } from './sql-meow-repository.ts';

repositoryContract('PGlite', async () => {
  const db = await openPglite();
  return { repository: createSqlRepository(db), db };
});

moderationContract('PGlite', async () => {
  const db = await openPglite();
  return { repository: createSqlRepository(db), db };
});

test('PGlite: the data version stays the same until something is written', async () => {
  const repository = createSqlRepository(await openPglite());
  await repository.migrate();
  const version = await repository.dataVersion();
  await repository.listMeows(0, 10);
  expect(await repository.dataVersion()).toBe(version);
  await repository.close();
});

test('PGlite: new databases are empty, although their files are copies', async () => {
  const first = createSqlRepository(await openPglite());
  await first.migrate();
  const second = await openPglite();
  const tables = "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'";
  expect(await second.run({ name: 'test_tables', text: tables })).toEqual([]);
  await Promise.all([first.close(), second.close()]);
});
