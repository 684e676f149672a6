import type { Log, Position, StoredMessage } from '../message/capabilities.ts';
import { logPages } from '../message/common/log-pages.ts';
import type { Logger } from '../process/logger.ts';
import { type Received, readerThatSkips, topicsOf } from './consume-events.ts';
import type { EventType } from './define-event.ts';

interface LoggedEventsOptions {
  logger: Logger;
  /** Default: the oldest message kept. */
  from?: Position | undefined;
  signal?: AbortSignal;
}

/**
 * All events of these types that a log has, oldest first, in pages. Those that cannot be read are logged and
 * skipped. Throws the signal's reason when it aborts.
 */
export async function* loggedEvents<E extends EventType, M extends StoredMessage>(
  log: Log<M>,
  types: readonly E[],
  { logger, ...options }: LoggedEventsOptions,
): AsyncGenerator<Received<E, M>[], void> {
  const read = readerThatSkips<E, M>(types, logger);
  for await (const page of logPages(log, topicsOf(types), options))
    yield page.map(read).filter((event) => event !== undefined);
}
