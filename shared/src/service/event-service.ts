import { runInBackground } from '../async/background-task.ts';
import { type SqlDatabase, statement } from '../db/sql.ts';
import type { ErrorBody } from '../http/errors.ts';
import { combineRoutes, type Routes } from '../http/express-app.ts';
import type { Connection, Subscription } from '../message/capabilities.ts';
import type { Router } from '../message/router/router.ts';
import type { Relay } from '../outbox/relay.ts';
import type { Logger } from '../process/logger.ts';
import type { ReadinessCheck } from './readiness.ts';
import { createSchemaMigration } from './schema-migration.ts';
import type { Service } from './service.ts';
import { type BackgroundSubscription, subscribeInBackground } from './subscribe-in-background.ts';

/** What a service does. All of it is optional. */
export interface EventService {
  routes?: Routes;
  /** Of the responses to errors. Default: `{"error"}`. */
  errorBody?: ErrorBody;
  /** Handles messages. Started and closed by the service. */
  router?: Router;
  /** Consumes messages in another way. The service closes the subscription. */
  subscribe?(): Promise<Subscription>;
  /** Of other dependencies than database and broker. */
  checks?: readonly ReadinessCheck[];
}

interface EventServiceOptions extends EventService {
  /** `schema` creates the tables; it is run at every start, in one transaction. */
  database?: { db: SqlDatabase; schema: string };
  /** With routes if it receives messages over HTTP. */
  broker: Connection & { readonly routes?: Routes };
  /** Publishes the events of the outbox, which belongs to the database. */
  relay?: Relay;
  logger: Logger;
}

/** Any number, the same in all processes. */
const MIGRATION_LOCK = 6_369_915;
const PING = statement('ping', 'SELECT 1');

/**
 * A service on a database and a broker, either of which may become available later: it consumes messages once
 * its tables exist. Does not close these two.
 */
export function createEventService(options: EventServiceOptions): Service {
  const { routes, errorBody, checks = [], database, broker, relay, router, subscribe, logger } = options;
  const migration = database && createMigration(database, logger);
  let subscription: BackgroundSubscription | undefined;
  let isSubscribed = false;
  const background = runInBackground(async (signal) => {
    await migration?.run(signal);
    if (subscribe) subscription = subscribeInBackground(subscribe, { what: 'subscribe', logger });
    const routing = router?.start().then(() => {
      isSubscribed = true;
    });
    await Promise.all([relay?.sweep(signal), routing]);
  });

  return {
    routes: combineRoutes([routes, broker.routes]),
    errorBody,
    checks: [
      ...(migration ? [migration.check] : []),
      {
        name: 'broker',
        async check() {
          await broker.ping();
          const isMissing = (router && !isSubscribed) || (subscribe && !subscription?.isSubscribed);
          if (isMissing) throw new Error('not subscribed yet');
        },
      },
      ...checks,
    ],
    async close() {
      await router?.close();
      await background.close();
      await subscription?.close();
      await relay?.idle();
    },
  };
}

function createMigration({ db, schema }: { db: SqlDatabase; schema: string }, logger: Logger) {
  return createSchemaMigration(
    {
      ping: async () => void (await db.run(PING)),
      migrate: () => db.script(`SELECT pg_advisory_xact_lock(${MIGRATION_LOCK}); ${schema}`),
    },
    logger,
  );
}
