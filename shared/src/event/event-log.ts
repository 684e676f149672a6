import type { StoredMessage } from '../message/capabilities.ts';
import type { Logger } from '../process/logger.ts';

/** Most request ids in the line of a batch. */
const MAX_REQUEST_IDS = 20;

/**
 * Logs events that were handled together: a line at `info` with the first and last position and the ids of the
 * requests that caused them (some of many), and at `debug` one for each event.
 */
export function logEvents(logger: Logger, events: readonly StoredMessage[], message: string): void {
  const [first] = events;
  if (first === undefined) return;
  if (logger.isLevelEnabled('debug'))
    for (const event of events) {
      const { topic, position, id } = event;
      logger.debug({ topic, position, id, requestId: requestIdOf(event) }, message);
    }
  const requestIds = new Set<string>();
  for (const event of events) {
    const requestId = requestIdOf(event);
    if (requestId !== undefined) requestIds.add(requestId);
    if (requestIds.size === MAX_REQUEST_IDS) break;
  }
  const positions = { from: first.position, to: events.at(-1)?.position };
  logger.info({ events: events.length, ...positions, requestIds: [...requestIds] }, message);
}

/** Collects the events of one turn of the event loop, for `logEvents`. */
export function createEventLog(logger: Logger, message: string): (event: StoredMessage) => void {
  let events: StoredMessage[] = [];
  const flush = () => {
    const handled = events;
    events = [];
    logEvents(logger, handled, message);
  };
  return (event) => {
    if (!logger.isLevelEnabled('info')) return;
    if (events.push(event) === 1) setImmediate(flush);
  };
}

function requestIdOf({ metadata }: StoredMessage): string | undefined {
  return metadata['x-request-id'];
}
