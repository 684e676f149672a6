import { readFile } from 'node:fs/promises';
import type { Connection, Consumer, Log, Publisher } from '@meower/shared/message/capabilities.ts';
import { readOutboxSchema } from '@meower/shared/outbox/outbox.ts';
import {
  createEventService,
  createSubscriber,
  createSweepingRelay,
} from '@meower/shared/service/event-service.ts';
import type { CreateService } from '@meower/shared/service/start-services.ts';
import type { Config, ServiceName } from './config.ts';
import { type Goods, goodsEvents, type Order, orderEvents } from './events.ts';
import { consumeChanges, readChanges } from './reading/changes.ts';
import { findDrift } from './reading/drift.ts';
import { historyRoutes } from './reading/handlers.ts';
import { createReadModel } from './reading/read-model.ts';
import { writeRoutes } from './writing/handlers.ts';
import { createStore, type Kind } from './writing/store.ts';

export interface ServicesOptions extends Pick<Config, 'topics' | 'urls'> {
  broker: Publisher & Consumer & Log & Connection;
  atLeastTimeoutMs?: number;
  /** Further SQL of the read model, for tests. */
  historySql?: string;
}

const SETTLE_MS = 2000;
const sql = (path: string) => readFile(new URL(path, import.meta.url), 'utf8');

/** The services. None imports another one: they meet in the events. */
export function createServices(options: ServicesOptions): Record<ServiceName, CreateService> {
  const { broker, topics, urls, atLeastTimeoutMs = 5000, historySql = '' } = options;
  const events = { orders: orderEvents(topics.orders), goods: goodsEvents(topics.goods) };

  const writing =
    <Data extends Order | Goods>(parameter: 'userId' | 'orderId', kind: Kind<Data>): CreateService =>
    async ({ openDatabase, logger }) => {
      const db = await openDatabase();
      const relay = createSweepingRelay(db, broker, logger);
      const routes = writeRoutes(kind.kind, parameter, createStore(db, kind, relay.wake));
      const schema = `${await readOutboxSchema()} ${await sql(`writing/${kind.table}.sql`)}`;
      return createEventService({ routes, database: { db, schema }, broker, relay, logger });
    };

  return {
    order: writing('userId', { kind: 'order', table: 'orders', owner: 'user_id', events: events.orders }),
    goods: writing('orderId', { kind: 'goods', table: 'goods', owner: 'order_id', events: events.goods }),

    async history({ openDatabase, urls: own, logger }) {
      const db = await openDatabase();
      const readModel = createReadModel(db);
      const compared = { order: urls.order ?? own.order ?? '', goods: urls.goods ?? own.goods ?? '' };
      const routes = historyRoutes({
        readModel,
        findDrift: () => findDrift(readModel, compared, SETTLE_MS),
        rebuild: () => readModel.rebuild(readChanges(events, broker, logger)),
        atLeastTimeoutMs,
      });
      const router = createSubscriber(() => consumeChanges(events, broker, readModel));
      const schema = `${await sql('reading/order-history.sql')} ${historySql}`;
      return createEventService({ routes, database: { db, schema }, broker, router, logger });
    },
  };
}
