import { join } from 'node:path';
import { openServiceBrokers } from '@meower/brokers/service-brokers.ts';
import type { Middleware } from '@meower/shared/message/router/handler.ts';
import { claimDataFolder } from '@meower/shared/process/data-folder.ts';
import type { Logger } from '@meower/shared/process/logger.ts';
import { type StartedServices, startServices } from '@meower/shared/service/start-services.ts';
import { type Config, SERVICES, type ServiceName } from './config.ts';
import { createFolderMailer, createSmtpMailer } from './mail/mailer.ts';
import { createServices } from './services.ts';

export interface Started extends StartedServices<ServiceName> {
  mailFolder: string;
}

/**
 * The services that the settings name, on the dependencies that they name; by default on embedded ones.
 * `use`: around each handler.
 */
export async function start(config: Config, logger: Logger, use: Middleware[] = []): Promise<Started> {
  await using opened = new AsyncDisposableStack();
  const { addresses, topic, dataDir, smtpUrl } = config;
  const folder = config.database ? undefined : await claimDataFolder(dataDir);
  opened.defer(() => folder?.release());

  const brokers = await openServiceBrokers(config.broker, {
    addresses,
    topic,
    groups: SERVICES.filter((name) => name !== 'users'),
    subscribers: config.subscribers,
    folder: dataDir,
    logger,
  });
  opened.defer(() => brokers.close());

  const mailFolder = join(dataDir, 'mails');
  const send = smtpUrl ? createSmtpMailer(smtpUrl) : createFolderMailer(mailFolder);
  const create = createServices({ ...config, brokerOf: brokers.of, send, use });
  // Consumers first: with the broker `http` they are the subscribers.
  const names = config.services.toReversed();
  const databaseOf = () => config.database;
  const services = await startServices({ ...config, create, names, databaseOf, logger });
  opened.defer(() => services.close());

  const closing = opened.move();
  return { ...services, mailFolder, close: () => closing.disposeAsync() };
}
