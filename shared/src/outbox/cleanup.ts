import { createBatcher } from '../async/batcher.ts';
import type { Logger } from '../process/logger.ts';
import type { Outbox, OutboxEntry } from './outbox.ts';

interface OutboxCleanupOptions {
  outbox: Pick<Outbox, 'deletePublished' | 'vacuum'>;
  logger: Logger;
  /** Most calls that wait; one more is refused with `OverloadedError`. */
  maxWaiting: number;
  /** Pause after each deletion, in milliseconds. */
  cooldownMs: number;
  /** The table is vacuumed after this many deletions. */
  vacuumEvery: number;
}

const MAX_CALLS_PER_DELETE = 1000;

/**
 * Deletes confirmed events, those of many commits in one statement. Deletion is not urgent, and each
 * deletion competes with new rows for the database, so a pause follows in which more gather. Returns the
 * function to call; it resolves when the entries are deleted.
 */
export function createOutboxCleanup(
  options: OutboxCleanupOptions,
): (entries: readonly OutboxEntry[]) => Promise<void> {
  const { outbox, logger, maxWaiting, cooldownMs, vacuumEvery } = options;
  let deletedSinceVacuum = 0;

  const vacuum = async () => {
    deletedSinceVacuum = 0;
    await outbox.vacuum().catch((error: unknown) => {
      logger.warn({ err: error, retryAfterDeletions: vacuumEvery }, 'could not vacuum the outbox, it grows');
    });
  };

  const batcher = createBatcher<readonly OutboxEntry[]>(
    async (calls) => {
      const entries = calls.flat();
      await outbox.deletePublished(entries);
      deletedSinceVacuum += entries.length;
      if (deletedSinceVacuum >= vacuumEvery) await vacuum();
    },
    { maxBatch: MAX_CALLS_PER_DELETE, concurrency: 1, maxWaiting, cooldownMs },
  );
  return (entries) => batcher.add(entries);
}
