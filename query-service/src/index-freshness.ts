import { createPeriodicTask } from '@meower/shared/async/periodic-task.ts';
import type { LagReader } from '@meower/shared/message/capabilities.ts';
import type { Logger } from '@meower/shared/process/logger.ts';
import type { SearchRepository } from '@meower/shared/search/search-repository.ts';
import { INDEXER_GROUP, INDEXER_TOPICS } from './indexer.ts';

/** Whether the index has what was published, for example not while the engine's disk is full. */
interface IndexFreshness {
  /** A meow waits for longer than `staleAfterMs`, or the broker has not told for as long. */
  isStale(): boolean;
  /** Asks the broker again and again until the signal aborts. */
  watch(signal: AbortSignal): Promise<void>;
}

/** An index is always fresh for a broker that does not know its groups' lag. */
export function createIndexFreshness(
  { lag }: Partial<LagReader>,
  { staleAfterMs, logger }: { staleAfterMs: number; logger: Logger },
): IndexFreshness {
  if (!lag) return { isStale: () => false, watch: async () => undefined };
  let freshAtMs = performance.now();
  const check = async () => {
    const { oldestAgeMs } = await lag(INDEXER_TOPICS, INDEXER_GROUP);
    if (oldestAgeMs <= staleAfterMs) freshAtMs = performance.now();
  };
  const task = createPeriodicTask(check, {
    what: 'read how far the search index is behind',
    logger,
    intervalMs: staleAfterMs / 6,
  });
  return { isStale: () => performance.now() - freshAtMs > staleAfterMs, watch: task.run };
}

/** The same repository. Its results are incomplete while the index is stale. */
export function markStale(repository: SearchRepository, { isStale }: IndexFreshness): SearchRepository {
  return {
    ...repository,
    async searchWithCompleteness(query, skip, take) {
      const { meows, complete } = await repository.searchWithCompleteness(query, skip, take);
      return { meows, complete: complete && !isStale() };
    },
  };
}
