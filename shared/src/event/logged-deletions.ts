import type { Log } from '../message/capabilities.ts';
import type { Logger } from '../process/logger.ts';
import { loggedEvents } from './logged-events.ts';
import { meowDeleted } from './meow-events.ts';

/** The ids of the meows whose deletions a log holds, in pages (see `loggedEvents`). */
export async function* loggedDeletions(
  log: Log,
  logger: Logger,
  signal: AbortSignal,
): AsyncGenerator<string[], void> {
  for await (const page of loggedEvents(log, [meowDeleted], { logger, signal }))
    yield page.map(({ data }) => data.id);
}
