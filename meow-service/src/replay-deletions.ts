import type { MeowRepository } from '@meower/shared/db/meow-repository.ts';
import { loggedDeletions } from '@meower/shared/event/logged-deletions.ts';
import type { Log } from '@meower/shared/message/capabilities.ts';
import type { Logger } from '@meower/shared/process/logger.ts';

interface ReplayOptions {
  repository: Pick<MeowRepository, 'findDeleted' | 'deleteMeows'>;
  log: Log;
  logger: Logger;
  signal: AbortSignal;
}

/**
 * Deletes what the stream knows to be deleted and the database does not: it was restored from a backup that
 * is older than the deletion. The deletion then reaches the index and the pages as any other.
 */
export async function replayDeletions({ repository, log, logger, signal }: ReplayOptions): Promise<void> {
  for await (const ids of loggedDeletions(log, logger, signal)) {
    const known = await repository.findDeleted(ids);
    const unknown = ids.filter((id) => !known.has(id));
    if (unknown.length === 0) continue;
    await repository.deleteMeows(unknown);
    logger.warn({ deletions: unknown.length }, 'the database did not know of deletions: carried out again');
  }
}
