import type { Goods, Order } from '../events.ts';
import type { Changes } from '../reading/read-model.ts';

/**
 * What the read model has to show in the end, and the events that lead there, in the order in which they
 * happened.
 */
export interface RandomHistory {
  events: Changes[];
  /** The number of goods of each order that exists. */
  counts: Map<number, number>;
  userOf: Map<number, number>;
}

/**
 * Orders and goods that are created, changed, moved and deleted; goods of orders that do not exist, too.
 * `random`: 0 to below 1.
 */
export function randomHistory(steps: number, random: () => number): RandomHistory {
  const orders = new Map<number, Order>();
  const goods = new Map<number, Goods>();
  const events: Changes[] = [];
  const created_at = '2026-01-01T00:00:00.000000Z';
  let ids = 0;
  const below = (limit: number) => Math.floor(random() * limit);
  const anyOf = <T>(rows: Map<number, T>) => [...rows.values()][below(rows.size)];
  const anyOrder = () => (random() < 0.1 ? 1000 + below(5) : (anyOf(orders)?.id ?? 1));
  const orderEvent = (order: Order, deleted = false) =>
    events.push({ orders: [{ ...order, deleted }], goods: [] });
  const goodsEvent = (one: Goods, deleted = false) =>
    events.push({ orders: [], goods: [{ ...one, deleted }] });

  for (let step = 0; step < steps; step++) {
    const what = random();
    const order = anyOf(orders);
    const one = anyOf(goods);
    if (what < 0.15 || !order) {
      const created = { id: ++ids, user_id: 1 + below(9), created_at, version: 1 };
      orders.set(created.id, created);
      orderEvent(created);
    } else if (what < 0.6 || !one) {
      const created = { id: ++ids, order_id: anyOrder(), created_at, version: 1 };
      goods.set(created.id, created);
      goodsEvent(created);
    } else if (what < 0.7) {
      const changed = { ...order, user_id: 1 + below(9), version: order.version + 1 };
      orders.set(changed.id, changed);
      orderEvent(changed);
    } else if (what < 0.85) {
      const moved = { ...one, order_id: anyOrder(), version: one.version + 1 };
      goods.set(moved.id, moved);
      goodsEvent(moved);
    } else if (what < 0.95) {
      goods.delete(one.id);
      goodsEvent({ ...one, version: one.version + 1 }, true);
    } else {
      orders.delete(order.id);
      orderEvent({ ...order, version: order.version + 1 }, true);
    }
  }
  const counts = new Map(Array.from(orders.keys(), (id) => [id, 0]));
  for (const { order_id } of goods.values()) {
    const count = counts.get(order_id);
    if (count !== undefined) counts.set(order_id, count + 1);
  }
  return { events, counts, userOf: new Map(Array.from(orders.values(), ({ id, user_id }) => [id, user_id])) };
}

/** The same events, each up to three times, in random order, in batches of up to ten. */
export function scrambled(events: readonly Changes[], random: () => number): Changes[] {
  const all = events.flatMap((event) => Array.from({ length: 1 + Math.floor(random() * 3) }, () => event));
  for (let i = all.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    [all[i], all[j]] = [all[j] as Changes, all[i] as Changes]; // within the array
  }
  const batches: Changes[] = [];
  while (all.length > 0) {
    const batch = all.splice(0, 1 + Math.floor(random() * 10));
    batches.push({
      orders: batch.flatMap(({ orders }) => orders),
      goods: batch.flatMap(({ goods }) => goods),
    });
  }
  return batches;
}

/** Ids of the orders with more goods than the threshold. */
export function expectedPage({ counts }: Pick<RandomHistory, 'counts'>, threshold: number): number[] {
  return [...counts]
    .filter(([, count]) => count > threshold)
    .map(([id]) => id)
    .sort((a, b) => a - b);
}
