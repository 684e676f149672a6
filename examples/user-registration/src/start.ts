import { join } from 'node:path';
import { openBroker } from '@meower/brokers/open-broker.ts';
import { createHttpBroker } from '@meower/shared/message/http/http-broker.ts';
import type { Middleware } from '@meower/shared/message/router/handler.ts';
import { claimDataFolder } from '@meower/shared/process/data-folder.ts';
import type { Logger } from '@meower/shared/process/logger.ts';
import { type StartedServices, startServices } from '@meower/shared/service/start-services.ts';
import type { Config, ServiceName } from './config.ts';
import { createFolderMailer, createSmtpMailer } from './mail/mailer.ts';
import { createServices, type ServicesOptions } from './services.ts';

export interface Started extends StartedServices<ServiceName> {
  mailFolder: string;
}

/** The services that the settings name, on the dependencies that they name; by default on embedded ones. `use`: around each handler. */
export async function start(
  config: Config,
  logger: Logger,
  use: readonly Middleware[] = [],
): Promise<Started> {
  await using opened = new AsyncDisposableStack();
  const { broker: kind, addresses, topic, dataDir, smtpUrl } = config;
  const folder = config.database ? undefined : await claimDataFolder(dataDir);
  opened.defer(() => folder?.release());

  let brokerOf: ServicesOptions['brokerOf'];
  if (kind === 'http') {
    const source = '/user-registration';
    brokerOf = ({ urls, logger }) => {
      const { users: _, ...consumers } = urls;
      const subscribers = config.subscribers ?? Object.values(consumers);
      return createHttpBroker({ topic, path: '/events', source, subscribers, logger });
    };
  } else {
    const topics = [topic];
    const groups = { points: topics, email: topics, sms: topics };
    const broker = await openBroker(kind, { addresses, topics, groups, folder: dataDir, logger });
    opened.defer(() => broker.close());
    brokerOf = () => broker;
  }

  const mailFolder = join(dataDir, 'mails');
  const send = smtpUrl ? createSmtpMailer(smtpUrl) : createFolderMailer(mailFolder);
  const create = createServices({ ...config, brokerOf, send, use });
  // Consumers first: with the broker `http` they are the subscribers.
  const names = config.services.toReversed();
  const databaseOf = () => config.database;
  const services = await startServices({ create, names, portOf: config.portOf, databaseOf, dataDir, logger });
  opened.defer(() => services.close());

  const closing = opened.move();
  return { ...services, mailFolder, close: () => closing.disposeAsync() };
}
