import { createPgliteRepository } from '@meower/shared/db/pglite.ts';
import type { MeowToInsert } from '@meower/shared/db/repository.ts';
import { REPUBLISHED } from '@meower/shared/event/store.ts';
import { createIdentities } from '@meower/shared/schema/identity.ts';
import { expect, test } from 'vitest';
import { republish } from './republish.ts';

test('publishes every meow of the database again, oldest first, marked as no news', async () => {
  const nextIdentity = createIdentities();
  const repository = await createPgliteRepository();
  await repository.migrate();
  const entries = Array.from({ length: 2001 }, () => ({
    meow: { ...nextIdentity(), body: 'meow' },
    headers: {},
  }));
  await repository.insertMeows(entries);

  const published: MeowToInsert[] = [];
  const count = await republish({
    repository,
    events: { publishMeowsCreated: async (meows) => void published.push(...meows) },
    signal: new AbortController().signal,
    onProgress: () => undefined,
  });
  expect(count).toBe(2001);
  expect(published.map(({ meow }) => meow)).toEqual(entries.map(({ meow }) => meow));
  expect(published.every(({ headers }) => headers[REPUBLISHED] !== undefined)).toBe(true);
  await repository.close();
});
