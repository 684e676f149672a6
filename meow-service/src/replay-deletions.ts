import type { MeowRepository } from '@meower/shared/db/meow-repository.ts';
import { readerThatSkips, topicsOf } from '@meower/shared/event/consume-events.ts';
import { meowDeleted } from '@meower/shared/event/meow-events.ts';
import type { Log, Position, StoredMessage } from '@meower/shared/message/capabilities.ts';
import type { Logger } from '@meower/shared/process/logger.ts';

interface ReplayOptions {
  repository: Pick<MeowRepository, 'findDeleted' | 'deleteMeows'>;
  log: Log;
  logger: Logger;
  signal: AbortSignal;
}

const PAGE = 1000;
const EVENTS = [meowDeleted];

/**
 * Deletes what the stream knows to be deleted and the database does not: it was restored from a backup that is older than the
 * deletion. The deletion then reaches the index and the pages as any other.
 */
export async function replayDeletions({ repository, log, logger, signal }: ReplayOptions): Promise<void> {
  const read = readerThatSkips<typeof meowDeleted, StoredMessage>(EVENTS, logger);
  let position: Position | undefined;
  do {
    signal.throwIfAborted();
    const page = await log.read(topicsOf(EVENTS), position, PAGE);
    position = page.at(-1)?.position;
    const ids = page.flatMap((message) => read(message)?.data.id ?? []);
    const known = await repository.findDeleted(ids);
    const unknown = ids.filter((id) => !known.has(id));
    if (unknown.length === 0) continue;
    await repository.deleteMeows(unknown);
    logger.warn({ deletions: unknown.length }, 'the database did not know of deletions: carried out again');
  } while (position !== undefined);
}
