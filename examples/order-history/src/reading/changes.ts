import { consumeEvents } from '@meower/shared/event/consume-events.ts';
import { loggedEvents } from '@meower/shared/event/logged-events.ts';
import type { Consumer, Log } from '@meower/shared/message/capabilities.ts';
import type { Logger } from '@meower/shared/process/logger.ts';
import type { AllEvents, Row } from '../events.ts';
import type { Changes, ReadModel } from './read-model.ts';

/** Whose progress it is: replicas of the service share the events. */
const GROUP = 'order-history';

/** Applies each event to the read model, then acks it. An event that comes again changes nothing. */
export function consumeChanges(events: AllEvents, consumer: Consumer, { apply }: Pick<ReadModel, 'apply'>) {
  return consumeEvents(consumer, typesOf(events), GROUP, (batch) => apply(changesOf(events, batch)));
}

/** All that the log has, page by page. */
export async function* readChanges(events: AllEvents, log: Log, logger: Logger): AsyncGenerator<Changes> {
  for await (const page of loggedEvents(log, typesOf(events), { logger })) yield changesOf(events, page);
}

const typesOf = ({ order, goods }: AllEvents) => [...Object.values(order), ...Object.values(goods)];

function changesOf(
  { order, goods }: AllEvents,
  batch: readonly { name: string; data: { data: Row } }[],
): Changes {
  const deletions = [order.deleted.name, goods.deleted.name];
  const rows = batch.map(({ name, data }) => ({ ...data.data, deleted: deletions.includes(name) }));
  return { orders: rows.filter((row) => 'user_id' in row), goods: rows.filter((row) => 'order_id' in row) };
}
