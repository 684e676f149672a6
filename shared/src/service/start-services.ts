import type { RequestHandler } from 'express';
import { type Keep, openTogether } from '../async/open-together.ts';
import { readSql } from '../db/read-sql.ts';
import type { SqlDatabase } from '../db/sql.ts';
import type { Routes } from '../http/express-app.ts';
import { refuseWebPages } from '../http/refuse-web-pages.ts';
import type { Connection, Consumer, Publisher } from '../message/capabilities.ts';
import type { Handle, Middleware } from '../message/router/handler.ts';
import { createRouter, type Router } from '../message/router/router.ts';
import { createOutbox, OUTBOX_SCHEMA } from '../outbox/outbox.ts';
import { createRelay, type Relay } from '../outbox/relay.ts';
import { type TransactionWithEvents, transactionsWithEvents } from '../outbox/transactions-with-events.ts';
import type { Logger } from '../process/logger.ts';
import { createEventService, type EventService } from './event-service.ts';
import { serve } from './serve.ts';

/** What a service needs of a broker to publish and consume; with `routes` it receives messages over HTTP. */
export interface ServiceBroker extends Publisher, Consumer, Connection {
  readonly routes?: Routes;
}

/** What a service is created on. */
interface ServiceContext<Broker extends ServiceBroker = ServiceBroker> {
  readonly logger: Logger;
  readonly broker: Broker;
  /** Has something closed after the service, and returns it. */
  readonly keep: Keep;
  /**
   * The database of this service, which its replicas in this process share. `schema`: files that create its
   * tables, and may be run again.
   */
  openDatabase(...schema: readonly URL[]): Promise<SqlDatabase>;
  /** Transactions whose events are published to the broker. Adds an outbox to the database of this service. */
  withOutbox(db: SqlDatabase): TransactionWithEvents;
  /**
   * A router with one handler, whose name and group are those of this service: its replicas share the messages
   * of the topic, and each service gets all of them.
   */
  handle(topic: string, handle: Handle, ...use: Middleware[]): Router;
  /** `http://localhost:…` of the services started so far, by name; of replicas the last. */
  readonly urls: Readonly<Record<string, string | undefined>>;
}

export type CreateService<Broker extends ServiceBroker = ServiceBroker> = (
  context: ServiceContext<Broker>,
) => Promise<ServiceWithOperators>;

interface ServiceWithOperators extends EventService {
  /** Not for the public: they have a port of their own, which refuses web pages. */
  operatorRoutes?: Routes;
}

/** Where to listen. Port 0: any free one. Without a host: at all addresses. */
interface Bind {
  host?: string | undefined;
  port: number;
}

export interface StartServicesOptions<Name extends string, Broker extends ServiceBroker> {
  services: Readonly<Record<Name, CreateService<Broker>>>;
  /** Started in this order, closed in the reverse one. */
  names: readonly Name[];
  bindOf(name: Name): Bind;
  /** Of the `operatorRoutes`, which one of the services may have. */
  operatorBind?: Bind;
  /** One for all services, or one for each. Not closed here. */
  brokerOf(context: Pick<ServiceContext, 'logger' | 'urls'>): Broker;
  openDatabase(name: Name): Promise<SqlDatabase>;
  /** For tests: around what `ServiceContext.handle` adds. */
  use?: readonly Middleware[] | undefined;
  /** See `AppOptions`. */
  trace?: RequestHandler | undefined;
  logger: Logger;
}

export interface StartedServices<Name extends string> {
  /** As in `ServiceContext`. */
  readonly urls: Readonly<Partial<Record<Name | 'operators', string>>>;
  /** Starts one more, or a replica. */
  startService(name: Name): Promise<void>;
  close(): Promise<void>;
}

const SWEEP_INTERVAL_MS = 1000;

/**
 * Starts services in this process, each with a port and a database of its own, as if they were in containers.
 * Rejects with `StartError` if a port is in use.
 */
export function startServices<Name extends string, Broker extends ServiceBroker>(
  options: StartServicesOptions<Name, Broker>,
): Promise<StartedServices<Name>> {
  const { services, names, bindOf, operatorBind, brokerOf, openDatabase, trace, use = [] } = options;
  return openTogether(async (keep) => {
    const databases = new Map<Name, Promise<SqlDatabase>>();
    const urls: Partial<Record<Name | 'operators', string>> = {};

    const openOnce = (name: Name) => {
      const database = databases.get(name) ?? openDatabase(name).then(keep);
      databases.set(name, database);
      return database;
    };

    const startService = async (name: Name) => {
      const logger = options.logger.child({ service: name });
      const broker = brokerOf({ logger, urls });
      const storage: Storage = { schema: [] };
      const context = {
        ...{ logger, broker, keep, urls },
        ...storageContext(storage, { broker, logger, open: () => openOnce(name) }),
        handle: (topic: string, handle: Handle, ...inner: Middleware[]) =>
          createRouter({ logger, use: [...use, ...inner] }).add({
            name,
            from: { consumer: broker, topic },
            handle,
          }),
      };
      const { operatorRoutes, ...service } = await services[name](context);
      const { db, relay } = storage;
      const database = db && { db, schema: await readSql(...storage.schema) };
      const started = createEventService({ ...service, database, broker, relay, logger });
      const listen = { logger, trace, errorBody: service.errorBody };
      const { port } = keep(await serve([started], { ...listen, ...bindOf(name) }));
      urls[name] = `http://localhost:${port}`;
      if (!operatorRoutes || !operatorBind) return;
      const operated = { routes: operatorRoutes, checks: started.checks, close: async () => {} };
      const internal = await serve([operated], { logger, trace, ...operatorBind, guard: refuseWebPages });
      urls.operators = `http://localhost:${keep(internal).port}`;
    };
    for (const name of names) await startService(name);
    return { urls, startService };
  });
}

/** What a service has asked for. */
interface Storage {
  db?: SqlDatabase;
  readonly schema: URL[];
  relay?: Relay;
}

function storageContext(
  storage: Storage,
  { broker, logger, open }: { broker: Publisher; logger: Logger; open(): Promise<SqlDatabase> },
): Pick<ServiceContext, 'openDatabase' | 'withOutbox'> {
  return {
    async openDatabase(...files) {
      storage.schema.push(...files);
      storage.db = await open();
      return storage.db;
    },
    withOutbox(db) {
      storage.schema.push(OUTBOX_SCHEMA);
      const relayed = { outbox: createOutbox(db), publisher: broker, logger };
      const relay = createRelay({ ...relayed, sweepIntervalMs: SWEEP_INTERVAL_MS, maxPending: 1 });
      storage.relay = relay;
      return transactionsWithEvents(db, relay.wake);
    },
  };
}
