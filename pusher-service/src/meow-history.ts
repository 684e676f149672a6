import { readerThatSkips, topicsOf } from '@meower/shared/event/consume-events.ts';
import { type MeowEvent, meowCreated, meowDeleted } from '@meower/shared/event/meow-events.ts';
import type { History, SequencedLog, SequencedMessage } from '@meower/shared/message/capabilities.ts';
import type { Logger } from '@meower/shared/process/logger.ts';

/** The events that clients receive. */
export const MEOW_EVENTS = [meowCreated, meowDeleted];

/** The events that clients may have missed. */
export interface MeowHistory {
  range(): Promise<History>;
  /** The next events after the number `after`; `end` is how far was read, `after` when there are no more. */
  read(after: number, limit: number): Promise<{ events: MeowEvent<SequencedMessage>[]; end: number }>;
}

/** Of a broker's log. Events that cannot be read are logged and skipped. */
export function meowHistory(log: SequencedLog, logger: Logger): MeowHistory {
  const topics = topicsOf(MEOW_EVENTS);
  const toEvent = readerThatSkips<(typeof MEOW_EVENTS)[number], SequencedMessage>(MEOW_EVENTS, logger);
  return {
    range: () => log.history(topics),
    async read(after, limit) {
      const messages = await log.read(topics, log.positionOf(after), limit);
      const events = messages.flatMap((message) => toEvent(message) ?? []);
      return { events, end: messages.at(-1)?.seq ?? after };
    },
  };
}
