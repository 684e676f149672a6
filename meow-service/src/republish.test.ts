import type { InsertedMeow, MeowRepository } from '@meower/shared/db/meow-repository.ts';
import { createPgliteRepository } from '@meower/shared/db/pglite.ts';
import { REPUBLISHED } from '@meower/shared/event/meow-events.ts';
import { createIdGenerator } from '@meower/shared/meow/meow-id.ts';
import type { Message } from '@meower/shared/message/capabilities.ts';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { republish } from './republish.ts';

let repository: MeowRepository;
const newMeowId = createIdGenerator();

beforeEach(async () => {
  repository = await createPgliteRepository();
  await repository.migrate();
});
afterEach(() => repository.close());

async function insert(count: number): Promise<InsertedMeow[]> {
  return repository.insertMeows(
    Array.from({ length: count }, () => ({ meow: { ...newMeowId(), body: 'meow' }, headers: {} })),
  );
}
const confirm = (inserted: readonly InsertedMeow[]) =>
  repository.outbox.deletePublished(inserted.flatMap(({ event }) => event ?? []));

async function republished(): Promise<Message[]> {
  const published: Message[] = [];
  const { meows, deletions } = await republish({
    repository,
    publisher: { publish: async (_topic, messages) => void published.push(...messages) },
    signal: new AbortController().signal,
    onProgress: () => undefined,
  });
  expect(published).toHaveLength(meows + deletions);
  return published;
}
const idsOf = (list: readonly { id: string }[]) => list.map(({ id }) => id);

test('publishes every meow of the database again, oldest first, marked as republished', async () => {
  const inserted = await insert(2001);
  await confirm(inserted);
  const published = await republished();
  expect(idsOf(published)).toEqual(idsOf(inserted));
  expect(published.every(({ metadata }) => metadata[REPUBLISHED] !== undefined)).toBe(true);
});

test('leaves events that are still in the outbox to the relay', async () => {
  const old = await insert(2);
  await confirm(old);
  await insert(2);
  expect(idsOf(await republished())).toEqual(idsOf(old));
});

test('publishes every deletion after the meows', async () => {
  const inserted = await insert(3);
  await confirm(inserted);
  const [gone, ...left] = idsOf(inserted) as [string, string, string];
  await repository.deleteMeows([gone]);
  expect(idsOf(await republished())).toEqual([...left, `${gone}.deleted`]);
});
