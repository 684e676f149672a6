import type { Log, Position, StoredMessage } from '../message/capabilities.ts';
import type { Logger } from '../process/logger.ts';
import { readerThatSkips } from './consume-events.ts';
import { meowDeleted } from './meow-events.ts';

const PAGE = 1000;

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
  for (let position: Position | undefined; ; ) {
    signal.throwIfAborted();
    const page = await log.read([meowDeleted.name], position, PAGE);
    position = page.at(-1)?.position;
    if (position === undefined) return;
    yield page.flatMap((message) => read(message)?.data.id ?? []);
  }
}
