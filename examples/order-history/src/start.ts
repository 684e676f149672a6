import { openBroker } from '@meower/brokers/open-broker.ts';
import { claimDataFolder } from '@meower/shared/process/data-folder.ts';
import type { Logger } from '@meower/shared/process/logger.ts';
import { type StartedServices, startServices } from '@meower/shared/service/start-services.ts';
import { type Config, SERVICES, type ServiceName } from './config.ts';
import { createServices, type ServicesOptions } from './services.ts';

/** For tests. */
export interface Overrides extends Pick<ServicesOptions, 'atLeastTimeoutMs' | 'historySql'> {
  wrapBroker?(broker: ServicesOptions['broker']): ServicesOptions['broker'];
}

/** The services that the settings name, on the dependencies that they name; by default on embedded ones. */
export async function start(
  config: Config,
  logger: Logger,
  { wrapBroker = (broker) => broker, ...over }: Overrides = {},
): Promise<StartedServices<ServiceName>> {
  await using opened = new AsyncDisposableStack();
  const { addresses, bind, dataDir, topics, services: names } = config;
  const folder = config.isEmbedded ? await claimDataFolder(dataDir) : undefined;
  opened.defer(() => folder?.release());
  const all = [topics.orders, topics.goods];
  const broker = await openBroker(config.broker, {
    addresses,
    topics: all,
    groups: {},
    folder: dataDir,
    logger,
  });
  opened.defer(() => broker.close());

  const services = await startServices({
    create: createServices({ ...config, ...over, broker: wrapBroker(broker) }),
    names,
    host: bind.host,
    portOf: (name) => bind.port && bind.port + (names.length > 1 ? SERVICES.indexOf(name) : 0),
    databaseOf: () => config.database,
    dataDir,
    logger,
  });
  opened.defer(() => services.close());

  const closing = opened.move();
  return { ...services, close: () => closing.disposeAsync() };
}
