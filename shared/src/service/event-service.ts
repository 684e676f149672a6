import { abortable } from '../async/abortable.ts';
import { runInBackground } from '../async/background-task.ts';
import { type SqlDatabase, statement } from '../db/sql.ts';
import type { ErrorBody } from '../http/errors.ts';
import { combineRoutes, type Routes } from '../http/express-app.ts';
import type { Connection, Publisher, Subscription } from '../message/capabilities.ts';
import type { Router } from '../message/router/router.ts';
import { createOutbox } from '../outbox/outbox.ts';
import { createRelay, type Relay } from '../outbox/relay.ts';
import type { Logger } from '../process/logger.ts';
import { createSchemaMigration } from './schema-migration.ts';
import type { Service } from './service.ts';

export interface EventServiceOptions {
  /** Default: none but those of the broker. */
  routes?: Routes;
  /** Of the responses to errors. Default: `{"error"}`. */
  errorBody?: ErrorBody;
  /** `schema` creates the tables; it is run at every start, in one transaction. */
  database?: { db: SqlDatabase; schema: string };
  /** With routes if it receives messages over HTTP. */
  broker: Connection & { readonly routes?: Routes };
  /** Publishes the events of the outbox, which belongs to the database. */
  relay?: Relay;
  /** Handles messages. Started here, once the tables exist, and closed here. */
  router?: Pick<Router, 'start' | 'close'>;
  logger: Logger;
}

/** Any number, the same in all processes. */
const MIGRATION_LOCK = 6_369_915;
const PING = statement('ping', 'SELECT 1');

/**
 * A service on a database and a broker, either of which may become available later. Does not close these two.
 */
export function createEventService(options: EventServiceOptions): Service {
  const { routes, errorBody, database, broker, relay, router, logger } = options;
  const migration = database && createMigration(database, logger);
  let subscribed = router === undefined;
  const subscribe = async () => {
    await router?.start();
    subscribed = true;
  };
  const background = runInBackground(async (signal) => {
    await migration?.run(signal);
    await Promise.all([relay?.sweep(signal), subscribe()]);
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
          if (!subscribed) throw new Error('not subscribed yet');
        },
      },
    ],
    async close() {
      await router?.close();
      await background.close();
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

/** A relay that sweeps the outbox of `db`. Call its `wake` after each commit with events. */
export function createSweepingRelay(db: SqlDatabase, publisher: Publisher, logger: Logger): Relay {
  return createRelay({ outbox: createOutbox(db), publisher, logger, sweepIntervalMs: 1000, maxPending: 1 });
}

/** A subscription for `createEventService`, which can be closed also while it waits for the broker. */
export function createSubscriber(subscribe: () => Promise<Subscription>): Pick<Router, 'start' | 'close'> {
  const closing = new AbortController();
  let subscription: Subscription | undefined;
  return {
    async start() {
      const subscribing = subscribe().then(async (subscribed) => {
        subscription = subscribed;
        // `close` did not wait for it.
        if (closing.signal.aborted) await subscribed.close();
      });
      await abortable(subscribing, closing.signal).catch((error: unknown) => {
        if (!closing.signal.aborted) throw error;
        subscribing.catch(() => {}); // the broker is closed next
      });
    },
    async close() {
      closing.abort(new Error('the service is closed'));
      await subscription?.close();
    },
  };
}
