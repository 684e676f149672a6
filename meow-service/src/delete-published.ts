import { createBatcher } from '@meower/shared/async/batcher.ts';
import type { Outbox } from '@meower/shared/db/meow-repository.ts';
import type { Logger } from '@meower/shared/process/logger.ts';

export interface OutboxCleanupOptions {
  outbox: Pick<Outbox, 'remove' | 'vacuum'>;
  logger: Logger;
  /** Most calls that wait for their removal; one more is refused with `OverloadedError`. */
  maxWaiting: number;
  /** Pause after a removal, in milliseconds. */
  cooldownMs: number;
  /** After how many removed entries the outbox is tidied. */
  vacuumEvery: number;
}

const CALLS_AT_ONCE = 1000;

/**
 * Takes confirmed events off the outbox, those of many commits at once. Nobody waits for that, so it rests after each time and lets more gather:
 * it would be in the way of the next posts, at every commit. Returns the function to call; it resolves when the entries are removed.
 */
export function createOutboxCleanup(
  options: OutboxCleanupOptions,
): (ids: readonly string[]) => Promise<void> {
  const { outbox, logger, maxWaiting, cooldownMs, vacuumEvery } = options;
  let deletedSinceVacuum = 0;

  const vacuum = async () => {
    deletedSinceVacuum = 0;
    await outbox.vacuum().catch((error: unknown) => {
      logger.warn({ err: error, retryAfterRemovals: vacuumEvery }, 'could not vacuum the outbox, it grows');
    });
  };

  const removal = createBatcher<readonly string[]>(
    async (calls) => {
      const ids = calls.flat();
      await outbox.remove(ids);
      deletedSinceVacuum += ids.length;
      if (deletedSinceVacuum >= vacuumEvery) await vacuum();
    },
    { maxBatch: CALLS_AT_ONCE, concurrency: 1, maxWaiting, cooldownMs },
  );
  return (ids) => removal.add(ids);
}
