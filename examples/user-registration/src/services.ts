import { readFile } from 'node:fs/promises';
import type { ServiceBroker } from '@meower/brokers/service-brokers.ts';
import type { SqlDatabase } from '@meower/shared/db/sql.ts';
import type { Routes } from '@meower/shared/http/express-app.ts';
import type { Handle, Middleware } from '@meower/shared/message/router/handler.ts';
import { readOnceSchema } from '@meower/shared/message/router/middleware/once.ts';
import { createRouter } from '@meower/shared/message/router/router.ts';
import { readOutboxSchema } from '@meower/shared/outbox/outbox.ts';
import { createEventService, createSweepingRelay } from '@meower/shared/service/event-service.ts';
import type { CreateService, ServiceContext } from '@meower/shared/service/start-services.ts';
import type { ServiceName } from './config.ts';
import type { SendMail } from './mail/mailer.ts';
import { welcomeByMail } from './mail/welcome.ts';
import { bookPoints, pointsRoutes } from './points/points.ts';
import { userRegistered } from './user-registered.ts';
import { errorAnswer, userRoutes } from './users/handlers.ts';
import { createRegistration } from './users/registration.ts';

export interface ServicesOptions {
  /** One for all services, or one for each. */
  brokerOf(context: ServiceContext): ServiceBroker;
  topic: string;
  bcryptCost: number;
  send: SendMail;
  mailFrom: string;
  /** Around each handler. */
  use: readonly Middleware[];
}

const sql = (path: string) => readFile(new URL(path, import.meta.url), 'utf8');

/** The services. None imports another one: they meet in the event. */
export function createServices(options: ServicesOptions): Record<ServiceName, CreateService> {
  const { brokerOf, topic, bcryptCost, send, mailFrom, use } = options;
  const event = userRegistered(topic);

  /** Its name is its group: its replicas share the messages, and each service gets all of them. */
  const consumer = (
    name: ServiceName,
    context: ServiceContext,
    handle: Handle,
    { database, routes }: { database?: { db: SqlDatabase; schema: string }; routes?: Routes } = {},
  ) => {
    const { logger } = context;
    const broker = brokerOf(context);
    const router = createRouter({ logger }).add({ name, from: { consumer: broker, topic }, handle, use });
    return createEventService({ routes, database, broker, router, logger });
  };

  return {
    async users(context) {
      const { logger } = context;
      const db = await context.openDatabase();
      const broker = brokerOf(context);
      const relay = createSweepingRelay(db, broker, logger);
      const routes = userRoutes(createRegistration({ db, event, bcryptCost, onRegistered: relay.wake }));
      const schema = `${await readOutboxSchema()} ${await sql('users/users.sql')}`;
      return createEventService({
        routes,
        errorBody: errorAnswer,
        database: { db, schema },
        broker,
        relay,
        logger,
      });
    },

    async email(context) {
      const db = await context.openDatabase();
      const handle = welcomeByMail({ db, event, send, from: mailFrom });
      return consumer('email', context, handle, { database: { db, schema: await sql('mail/mails.sql') } });
    },

    async sms(context) {
      return consumer('sms', context, async (message) => {
        context.logger.info({ userId: event.read(message).id }, 'a welcome by SMS would be sent here');
      });
    },

    async points(context) {
      const db = await context.openDatabase();
      const schema = `${await readOnceSchema()} ${await sql('points/points.sql')}`;
      return consumer('points', context, bookPoints(db, event), {
        database: { db, schema },
        routes: pointsRoutes(db),
      });
    },
  };
}
