import type { Reading, ReadValue } from '@meower/shared/metrics/reading.ts';
import { createInMemorySearchRepository } from '@meower/shared/search/in-memory.ts';
import type { IndexOutcome } from '@meower/shared/search/search-repository.ts';
import { expect, test } from 'vitest';
import { countOutcomes } from './count-outcomes.ts';

const readFrom = (readings: readonly Reading[], name: string): ReadValue | Promise<ReadValue> | undefined =>
  readings.find((reading) => reading.name === name)?.read();

test('counts searches by how they end', async () => {
  const results = [
    async () => ({ meows: [], complete: true }),
    async () => ({ meows: [], complete: false }),
    () => Promise.reject(new Error('unavailable')),
    () => Promise.reject(new Error('unavailable')),
  ];
  const repository = {
    ...createInMemorySearchRepository(),
    searchWithCompleteness: () => (results.shift() as (typeof results)[number])(), // one for each search
  };
  const { search, readings } = countOutcomes(repository);
  expect(await search.searchWithCompleteness('cat', 0, 10)).toMatchObject({ complete: true });
  expect(await search.searchWithCompleteness('cat', 0, 10)).toMatchObject({ complete: false });
  for (let i = 0; i < 2; i++)
    await expect(search.searchWithCompleteness('cat', 0, 10)).rejects.toThrow('unavailable');
  expect(readFrom(readings, 'meower_searches_total')).toEqual({ complete: 1, incomplete: 1, unavailable: 2 });
});

test('counts the meows of bulk requests by outcome', async () => {
  const outcomes: IndexOutcome[] = [
    { status: 'indexed' },
    { status: 'busy', reason: 'queue' },
    { status: 'refused', reason: 'never' },
  ];
  let isUnavailable = false;
  const insertMeows = async () => {
    if (isUnavailable) throw new Error('unavailable');
    return outcomes;
  };
  const { search, readings } = countOutcomes({ ...createInMemorySearchRepository(), insertMeows });
  const meows = ['a', 'b', 'c'].map((id) => ({ id, body: 'purr', createdAt: '2026-01-01T00:00:00Z' }));
  expect(await search.insertMeows(meows)).toBe(outcomes);
  isUnavailable = true;
  await expect(search.insertMeows(meows)).rejects.toThrow('unavailable');
  const counted = { indexed: 1, busy: 1, refused: 1, unavailable: 3 };
  expect(readFrom(readings, 'meower_bulk_meows_total')).toEqual(counted);
});
