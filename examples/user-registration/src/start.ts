import { join } from 'node:path';
import { startSystem } from '@meower/brokers/start-system.ts';
import type { Handle, Middleware } from '@meower/shared/message/router/handler.ts';
import { ONCE_SCHEMA } from '@meower/shared/message/router/middleware/once.ts';
import { skipHandled } from '@meower/shared/message/router/middleware/skip-handled.ts';
import type { Logger } from '@meower/shared/process/logger.ts';
import type { CreateService } from '@meower/shared/service/start-services.ts';
import { type Config, SERVICES, type ServiceName } from './config.ts';
import { createFolderMailer } from './mail/folder.ts';
import { createSmtpMailer } from './mail/smtp.ts';
import { welcomeByMail } from './mail/welcome.ts';
import { bookPoints, pointsRoutes } from './points/points.ts';
import { userRegistered } from './user-registered.ts';
import { errorAnswer, userRoutes } from './users/handlers.ts';
import { createRegistration } from './users/registration.ts';

export { loadConfig } from './config.ts';

/** The services. None imports another one: they meet in the event. */
function createServices(config: Config): Record<ServiceName, CreateService> {
  const { topic, bcryptCost, mailFrom, smtpUrl, dataDir } = config;
  const event = userRegistered(topic);
  return {
    async users({ openDatabase, withOutbox }) {
      const db = await openDatabase(new URL('users/users.sql', import.meta.url));
      const registration = createRegistration(db, withOutbox(db), { event, bcryptCost });
      return { routes: userRoutes(registration), errorBody: errorAnswer };
    },

    async email({ openDatabase, handle }) {
      const send = smtpUrl ? createSmtpMailer(smtpUrl) : createFolderMailer(join(dataDir, 'mails'));
      // A mail server has no idempotency: a crash between its yes and the record sends the mail again.
      const onlyNew = skipHandled(await openDatabase(ONCE_SCHEMA));
      return { router: handle(topic, welcomeByMail(event, send, mailFrom), onlyNew) };
    },

    async sms({ handle, logger }) {
      const welcome: Handle = async (message) =>
        logger.info({ userId: event.read(message).id }, 'a welcome by SMS would be sent here');
      return { router: handle(topic, welcome) };
    },

    async points({ openDatabase, handle }) {
      const db = await openDatabase(ONCE_SCHEMA, new URL('points/points.sql', import.meta.url));
      return { router: handle(topic, bookPoints(db, event)), routes: pointsRoutes(db) };
    },
  };
}

/** Starts the services that the settings name. `use`: around each handler, for tests. */
export function start(config: Config, logger: Logger, use: Middleware[] = []) {
  const { host, port } = config;
  return startSystem({
    config,
    services: createServices(config),
    // Consumers first: with the broker `http` they are the subscribers.
    names: config.services.toReversed(),
    bindOf: (name) => ({ host, port: port && port + SERVICES.indexOf(name) }),
    broker: config.broker,
    topics: [config.topic],
    groups: SERVICES.filter((name) => name !== 'users'),
    subscribers: config.subscribers?.split(','),
    use,
    logger,
  });
}
