import { readerThatSkips, topicsOf } from '@meower/shared/event/consume-events.ts';
import { meowCreated } from '@meower/shared/event/meow-events.ts';
import type { History, SequencedLog, SequencedMessage } from '@meower/shared/message/capabilities.ts';
import type { Logger } from '@meower/shared/process/logger.ts';
import type { MeowCreated } from './hub.ts';

const types = [meowCreated];

/** The events that clients may have missed. */
export interface MeowHistory {
  range(): Promise<History>;
  /** The next events after a position; `end` is how far was read, `after` when there is nothing more. */
  read(after: number, limit: number): Promise<{ events: MeowCreated[]; end: number }>;
}

/** Of a broker's log. Events that cannot be read are logged and passed over. */
export function meowHistory(log: SequencedLog, logger: Logger): MeowHistory {
  const topics = topicsOf(types);
  const toEvent = readerThatSkips<typeof meowCreated, SequencedMessage>(types, logger);
  return {
    range: () => log.history(topics),
    async read(after, limit) {
      const messages = await log.read(topics, log.positionOf(after), limit);
      const events = messages.flatMap((message) => toEvent(message) ?? []);
      return { events, end: messages.at(-1)?.seq ?? after };
    },
  };
}
