import type { Reading } from '@meower/shared/metrics/reading.ts';
import type { SearchRepository } from '@meower/shared/search/search-repository.ts';

/** The same repository, and how many of its searches and insertions ended in which way. */
export function countOutcomes(repository: SearchRepository): {
  search: SearchRepository;
  readings: readonly Reading[];
} {
  const searches = { complete: 0, incomplete: 0, unavailable: 0 };
  const meows = { indexed: 0, busy: 0, refused: 0, unavailable: 0 };
  const search: SearchRepository = {
    ...repository,
    async searchWithCompleteness(query, skip, take) {
      let outcome: keyof typeof searches = 'unavailable';
      try {
        const result = await repository.searchWithCompleteness(query, skip, take);
        outcome = result.complete ? 'complete' : 'incomplete';
        return result;
      } finally {
        searches[outcome]++;
      }
    },
    async insertMeows(inserted) {
      try {
        const outcomes = await repository.insertMeows(inserted);
        for (const { status } of outcomes) meows[status]++;
        return outcomes;
      } catch (error) {
        meows.unavailable += inserted.length;
        throw error;
      }
    },
  };
  const readings: Reading[] = [
    {
      type: 'counter',
      name: 'meower_searches_total',
      help: 'Searches; those that are not complete are answered as degraded',
      label: 'outcome',
      read: () => searches,
    },
    {
      type: 'counter',
      name: 'meower_bulk_meows_total',
      help: 'Meows in bulk requests to the search engine',
      label: 'outcome',
      read: () => meows,
    },
  ];
  const { disk } = repository;
  if (disk)
    readings.push(
      {
        type: 'gauge',
        name: 'meower_search_disk_available_bytes',
        help: 'Available on the disk of the search engine that has the least',
        read: async () => (await disk()).availableBytes,
      },
      {
        type: 'gauge',
        name: 'meower_search_disk_size_bytes',
        help: 'Size of that disk',
        read: async () => (await disk()).sizeBytes,
      },
    );
  return { search, readings };
}
