import { createBatcher } from '@meower/shared/batch/batcher.ts';
import type { Outbox } from '@meower/shared/db/repository.ts';
import type { Logger } from '@meower/shared/lifecycle/logger.ts';

export interface RemovalOptions {
  outbox: Pick<Outbox, 'remove' | 'tidy'>;
  logger: Logger;
  /** Most calls that wait for their removal; one more is refused with `OverloadedError`. */
  maxWaiting: number;
  /** Pause after a removal, in milliseconds. */
  restMs: number;
  /** After how many removed entries the outbox is tidied. */
  tidyEvery: number;
}

const CALLS_AT_ONCE = 1000;

/**
 * Takes confirmed events off the outbox, those of many commits at once. Nobody waits for that, so it rests after each time and lets more gather:
 * it would be in the way of the next posts, at every commit. Returns the function to call; it resolves when the entries are removed.
 */
export function createRemoval(options: RemovalOptions): (ids: readonly string[]) => Promise<void> {
  const { outbox, logger, maxWaiting, restMs, tidyEvery } = options;
  let untidied = 0;

  const tidy = async () => {
    untidied = 0;
    await outbox.tidy().catch((error: unknown) => {
      logger.warn({ err: error, retryAfterRemovals: tidyEvery }, 'could not tidy the outbox, it grows');
    });
  };

  const removal = createBatcher<readonly string[]>(
    async (calls) => {
      const ids = calls.flat();
      await outbox.remove(ids);
      untidied += ids.length;
      if (untidied >= tidyEvery) await tidy();
    },
    { maxBatch: CALLS_AT_ONCE, concurrency: 1, maxWaiting, restMs },
  );
  return (ids) => removal.add(ids);
}
