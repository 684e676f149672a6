import type { MeowRepository, MeowToInsert } from '@meower/shared/db/meow-repository.ts';
import { createPgliteRepository } from '@meower/shared/db/pglite.ts';
import { REPUBLISHED } from '@meower/shared/event/store.ts';
import { createIdGenerator } from '@meower/shared/schema/meow-id.ts';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { republish } from './republish.ts';

let repository: MeowRepository;
const newMeowId = createIdGenerator();

beforeEach(async () => {
  repository = await createPgliteRepository();
  await repository.migrate();
});
afterEach(() => repository.close());

async function insert(count: number): Promise<MeowToInsert[]> {
  const entries = Array.from({ length: count }, () => ({
    meow: { ...newMeowId(), body: 'meow' },
    headers: {},
  }));
  await repository.insertMeows(entries);
  return entries;
}
const confirmed = (entries: readonly MeowToInsert[]) =>
  repository.outbox.remove(entries.map(({ meow }) => meow.id));

async function republished(): Promise<MeowToInsert[]> {
  const published: MeowToInsert[] = [];
  const count = await republish({
    repository,
    events: { publishMeowsCreated: async (meows) => void published.push(...meows) },
    signal: new AbortController().signal,
    onProgress: () => undefined,
  });
  expect(published).toHaveLength(count);
  return published;
}

test('publishes every meow of the database again, oldest first, marked as no news', async () => {
  const entries = await insert(2001);
  await confirmed(entries);
  const published = await republished();
  expect(published.map(({ meow }) => meow)).toEqual(entries.map(({ meow }) => meow));
  expect(published.every(({ headers }) => headers[REPUBLISHED] !== undefined)).toBe(true);
});

test('leaves what is still owed to the outbox, so that pages are told of it as news', async () => {
  const old = await insert(2);
  await confirmed(old);
  await insert(2);
  expect((await republished()).map(({ meow }) => meow)).toEqual(old.map(({ meow }) => meow));
});
