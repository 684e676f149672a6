import type { Log, StoredMessage } from '../message/capabilities.ts';
import { logPages } from '../message/common/log-pages.ts';
import type { Logger } from '../process/logger.ts';
import { readerThatSkips } from './consume-events.ts';
import { meowDeleted } from './meow-events.ts';

/**
 * The ids of the meows whose deletions a log holds, oldest first, in pages. Events that cannot be read are
 * logged and skipped. Throws the signal's reason when it aborts.
 */
export async function* loggedDeletions(
  log: Log,
  logger: Logger,
  signal: AbortSignal,
): AsyncGenerator<string[], void> {
  const read = readerThatSkips<typeof meowDeleted, StoredMessage>([meowDeleted], logger);
  for await (const page of logPages(log, [meowDeleted.name], { signal }))
    yield page.flatMap((message) => read(message)?.data.id ?? []);
}
