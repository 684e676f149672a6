import { defineEvent, type EventType } from '@meower/shared/event/define-event.ts';
import { z } from 'zod';

const id = z.int().positive();
const common = { id, created_at: z.iso.datetime(), version: z.int().positive() };
const order = z.object({ data: z.object({ ...common, user_id: id }) });
const goods = z.object({ data: z.object({ ...common, order_id: id }) });

export type Order = z.infer<typeof order>['data'];
export type Goods = z.infer<typeof goods>['data'];

/** What happens to an order or to goods. Each change has the next version, a deletion the last one. */
export type Events<Data> = Record<'created' | 'updated' | 'deleted', EventType<string, { data: Data }>>;

/** `topic`: of creations, e.g. `order_created_v1`. All events of an order have its id as their key. */
export const orderEvents = (topic: string) => eventsOf<Order>(topic, order, ({ id }) => id);
export const goodsEvents = (topic: string) => eventsOf<Goods>(topic, goods, ({ order_id }) => order_id);

function eventsOf<Data>(
  topic: string,
  schema: z.ZodType<{ data: Data }>,
  orderOf: (data: Data) => number,
): Events<Data> {
  const define = (name: string) =>
    defineEvent(name, { source: '/order-history', schema, key: ({ data }) => String(orderOf(data)) });
  return {
    created: define(topic),
    updated: define(topic.replace('created', 'updated')),
    deleted: define(topic.replace('created', 'deleted')),
  };
}

/** Names a write, for readers that want to see it: `goods-5-2`. Also the id of its event. */
export const positionOf = (kind: 'order' | 'goods', { id, version }: Order | Goods) =>
  `${kind}-${id}-${version}`;
