import { expect, test } from 'vitest';
import { createdEvent } from '../event/meow-events.ts';
import type { Meow } from '../meow/meow.ts';
import { createGroupCommit } from './group-commit.ts';
import type { InsertedMeow, MeowToInsert } from './meow-repository.ts';
import { createPgliteRepository } from './pglite.ts';

const options = { maxBatch: 100, concurrency: 1, maxWaiting: 1000, dueAfterMs: 60_000 };
const entry = (id: string): MeowToInsert => {
  const meow: Meow = { id, body: 'meow', createdAt: '2026-11-21T02:43:32.000000Z' };
  return { meow, headers: {} };
};

const inserted = (id: string): InsertedMeow => ({
  id,
  event: { ...createdEvent(entry(id).meow, {}), seq: '1' },
});

test('meows inserted together share a commit', async () => {
  const commits: string[][] = [];
  const groupCommit = createGroupCommit(
    { insertMeows: async (entries) => entries.map(({ meow }) => inserted(meow.id)) },
    { ...options, onCommitted: (events) => commits.push(events.map(({ id }) => id)) },
  );
  await Promise.all(['a', 'b', 'c'].map((id) => groupCommit.insert(entry(id))));
  expect(commits).toEqual([['a', 'b', 'c']]);
});

test('a meow that cannot be stored does not fail the others of its batch', async () => {
  const repository = await createPgliteRepository();
  await repository.migrate();
  await repository.insertMeow(entry('there').meow);
  const committed: string[] = [];
  const groupCommit = createGroupCommit(repository, {
    ...options,
    onCommitted: (events) => committed.push(...events.map(({ id }) => id)),
  });
  const results = await Promise.allSettled(['a', 'there', 'b'].map((id) => groupCommit.insert(entry(id))));
  expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  expect(committed.sort()).toEqual(['a', 'b']);
  expect((await repository.listMeows(0, 10)).map(({ id }) => id)).toEqual(['there', 'b', 'a']);
  await repository.close();
});

test('a batch that may have been stored is rejected whole, and not stored again', async () => {
  let calls = 0;
  const groupCommit = createGroupCommit(
    {
      insertMeows() {
        calls++;
        return Promise.reject(new Error('connection lost'));
      },
    },
    { ...options, onCommitted: () => undefined },
  );
  const results = await Promise.allSettled(['a', 'b'].map((id) => groupCommit.insert(entry(id))));
  expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  expect(calls).toBe(1);
});

test('a meow that was stored earlier under the same key is not committed again', async () => {
  const committed: string[] = [];
  const groupCommit = createGroupCommit(
    { insertMeows: async () => [{ id: 'earlier' }, inserted('b')] },
    { ...options, onCommitted: (events) => committed.push(...events.map(({ id }) => id)) },
  );
  const ids = await Promise.all([groupCommit.insert(entry('a')), groupCommit.insert(entry('b'))]);
  expect(ids).toEqual(['earlier', 'b']);
  expect(committed).toEqual(['b']);
});
