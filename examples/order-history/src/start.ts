import { startSystem } from '@meower/brokers/start-system.ts';
import { operatorRoutes } from '@meower/shared/admin/operator-routes.ts';
import type { Log } from '@meower/shared/message/capabilities.ts';
import type { Logger } from '@meower/shared/process/logger.ts';
import type { CreateService, ServiceBroker } from '@meower/shared/service/start-services.ts';
import { type Config, SERVICES, type ServiceName } from './config.ts';
import { eventsOf, type Kind } from './events.ts';
import { consumeChanges, readChanges } from './reading/changes.ts';
import { findDrift } from './reading/drift.ts';
import { historyRoutes } from './reading/handlers.ts';
import { createReadModel } from './reading/read-model.ts';
import { writeRoutes } from './writing/handlers.ts';
import { createStore } from './writing/store.ts';

export { loadConfig } from './config.ts';

/** For tests. */
export interface Overrides {
  wrapBroker?<Broker extends ServiceBroker>(broker: Broker): Broker;
  /** Longest wait for a write to be seen. Default 5000. */
  atLeastTimeoutMs?: number;
  /** Further SQL of the read model. */
  furtherSchema?: readonly URL[];
}

/** The services. None imports another one: they meet in the events. */
function createServices(
  config: Config,
  { atLeastTimeoutMs = 5000, furtherSchema = [] }: Overrides,
): Record<ServiceName, CreateService<ServiceBroker & Log>> {
  const events = { order: eventsOf('order', config.orderTopic), goods: eventsOf('goods', config.goodsTopic) };

  const writing =
    (kind: Kind, owner: string): CreateService =>
    async ({ openDatabase, withOutbox }) => {
      const db = await openDatabase(new URL(`writing/${kind}.sql`, import.meta.url));
      return { routes: writeRoutes(kind, owner, createStore(kind, events[kind], db, withOutbox(db))) };
    };

  return {
    order: writing('order', 'userId'),
    goods: writing('goods', 'orderId'),

    async history({ broker, openDatabase, urls, logger }) {
      const schema = new URL('reading/order-history.sql', import.meta.url);
      const readModel = createReadModel(await openDatabase(schema, ...furtherSchema));
      const sources = { order: config.orderUrl ?? urls.order, goods: config.goodsUrl ?? urls.goods };
      return {
        routes: historyRoutes(readModel, atLeastTimeoutMs),
        operatorRoutes: operatorRoutes({
          path: '/v1/order-history',
          gauge: 'order_history_drift',
          findDrift: () => findDrift(readModel, sources),
          rebuild: () => readModel.rebuild(readChanges(events, broker, logger)),
        }),
        subscribe: () => consumeChanges(events, broker, readModel),
      };
    },
  };
}

/** Starts the services that the settings name. */
export function start(config: Config, logger: Logger, overrides: Overrides = {}) {
  const { service, operatorBind } = config;
  const { host, port } = config.httpBind;
  return startSystem({
    config,
    services: createServices(config, overrides),
    names: service ? [service] : SERVICES,
    bindOf: (name) => ({ host, port: service || port === 0 ? port : port + SERVICES.indexOf(name) }),
    operatorBind,
    broker: config.kafkaAddr ? 'kafka' : 'postgres',
    topics: [config.orderTopic, config.goodsTopic],
    wrapBroker: overrides.wrapBroker,
    logger,
  });
}
