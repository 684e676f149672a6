import { defineEvent, type EventType } from '@meower/shared/event/define-event.ts';
import { z } from 'zod';

const id = z.int().positive();
const common = { id, created_at: z.iso.datetime(), version: z.int().positive() };
const schemas = {
  order: z.object({ ...common, user_id: id }),
  goods: z.object({ ...common, order_id: id }),
};

export type Kind = keyof typeof schemas;
export type Order = z.infer<typeof schemas.order>;
export type Goods = z.infer<typeof schemas.goods>;
/** The two are alike: each belongs to something else, a user or an order, which may change. */
export type Row = Order | Goods;

export type Change = 'created' | 'updated' | 'deleted';
/** Each change of a row has the next version, its deletion the last one. */
export type Events = Record<Change, EventType<string, { data: Row }>>;
export type AllEvents = Record<Kind, Events>;

/** `topic`: of creations, e.g. `order_created_v1`. All events of an order have its id as their key. */
export function eventsOf(kind: Kind, topic: string): Events {
  const schema: z.ZodType<{ data: Row }> = z.object({ data: schemas[kind] });
  const key = ({ data }: { data: Row }) => String('order_id' in data ? data.order_id : data.id);
  const define = (change: Change) =>
    defineEvent(topic.replace('created', change), { source: '/order-history', schema, key });
  return { created: define('created'), updated: define('updated'), deleted: define('deleted') };
}

/** Names a write, for readers that want to see it: `goods-5-2`. Also the id of its event. */
export const positionOf = (kind: Kind, { id, version }: Row) => `${kind}-${id}-${version}`;
