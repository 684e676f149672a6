import {
  consumeEvents,
  type Received,
  readerThatSkips,
  topicsOf,
} from '@meower/shared/event/consume-events.ts';
import type { Consumer, Log, Message, StoredMessage } from '@meower/shared/message/capabilities.ts';
import { logPages } from '@meower/shared/message/common/log-pages.ts';
import type { Logger } from '@meower/shared/process/logger.ts';
import type { Events, Goods, Order } from '../events.ts';
import type { Changes, ReadModel } from './read-model.ts';

/** Whose progress it is: replicas of the service share the events. */
const GROUP = 'order-history';

export interface HistoryEvents {
  orders: Events<Order>;
  goods: Events<Goods>;
}
type HistoryEvent = Events<Order>['created'] | Events<Goods>['created'];

/** Applies each event to the read model, then acks it. An event that comes again changes nothing. */
export function consumeChanges(
  events: HistoryEvents,
  consumer: Consumer,
  { apply }: Pick<ReadModel, 'apply'>,
) {
  return consumeEvents(consumer, typesOf(events), GROUP, (batch) => apply(changesOf(events, batch)));
}

/** All that the log has, page by page. */
export async function* readChanges(events: HistoryEvents, log: Log, logger: Logger): AsyncGenerator<Changes> {
  const read = readerThatSkips<HistoryEvent, StoredMessage>(typesOf(events), logger);
  for await (const page of logPages(log, topicsOf(typesOf(events))))
    yield changesOf(
      events,
      page.flatMap((message) => read(message) ?? []),
    );
}

function typesOf({ orders, goods }: HistoryEvents): HistoryEvent[] {
  return [...Object.values(orders), ...Object.values(goods)];
}

function changesOf(
  { orders, goods }: HistoryEvents,
  batch: readonly Received<HistoryEvent, Message>[],
): Changes {
  const of = (events: Events<Order> | Events<Goods>) =>
    batch
      .filter(({ name }) => topicsOf(Object.values(events)).includes(name))
      .map(({ name, data }) => ({ ...data.data, deleted: name === events.deleted.name }));
  // The topic says whose data it is.
  return { orders: of(orders), goods: of(goods) } as unknown as Changes;
}
