import { join } from 'node:path';
import { type Keep, openTogether } from '@meower/shared/async/open-together.ts';
import { openDatabase } from '@meower/shared/db/open-database.ts';
import type { SqlDatabase } from '@meower/shared/db/sql.ts';
import { createHttpBroker } from '@meower/shared/message/http/http-broker.ts';
import { claimDataFolder } from '@meower/shared/process/data-folder.ts';
import {
  type ServiceBroker,
  type StartedServices,
  type StartServicesOptions,
  startServices,
} from '@meower/shared/service/start-services.ts';
import { postgresUrl } from '@meower/shared/settings/postgres.ts';
import { logLevel } from '@meower/shared/settings/process.ts';
import type { ConfigOf } from '@meower/shared/settings/read-settings.ts';
import type { TracingConfig } from '@meower/shared/settings/tracing.ts';
import { loadTracing, type Tracing } from '@meower/shared/tracing/load-tracing.ts';
import { str } from 'envalid';
import { type BrokerKind, brokerSpecs, openBroker } from './open-broker.ts';

/** Settings of every system. */
export const systemSpecs = (name: string) => ({
  ...brokerSpecs,
  LOG_LEVEL: logLevel('warn'),
  /** Default: PGlite in the data folder, one for each service. */
  DATABASE_URL: postgresUrl({ default: undefined }),
  DATA_DIR: str({ default: `.data/${name}` }),
});

type SystemConfig = ConfigOf<ReturnType<typeof systemSpecs>> & { tracing?: TracingConfig | undefined };

/** The broker of a kind, as services see it. */
type BrokerOf<Kind extends BrokerKind | 'http'> = Kind extends BrokerKind
  ? Awaited<ReturnType<typeof openBroker<Kind>>>
  : ServiceBroker;

export interface SystemOptions<Name extends string, Kind extends BrokerKind | 'http'>
  extends Omit<StartServicesOptions<Name, BrokerOf<Kind>>, 'brokerOf' | 'openDatabase' | 'trace'> {
  config: SystemConfig;
  broker: Kind;
  /** All topics that will be used. Those of `http`: the first. */
  topics: readonly string[];
  /** The groups that consume them (see `OpenBrokerOptions`). With `http`: the names of the services. */
  groups?: readonly string[];
  /** Of `http`: base URLs. Default: the services of the groups that have been started before. */
  subscribers?: readonly string[] | undefined;
  /** Whether services and broker share their database when it is embedded. */
  hasOneDatabase?: boolean;
  /** For tests. */
  wrapBroker?: (<Broker extends ServiceBroker>(broker: Broker) => Broker) | undefined;
}

/**
 * Starts services in this process, on the broker and the databases that the settings name, and without such
 * settings on embedded ones in the data folder, which serves one process.
 */
export function startSystem<Name extends string, Kind extends BrokerKind | 'http'>(
  options: SystemOptions<Name, Kind>,
): Promise<StartedServices<Name>> {
  const { config, logger, hasOneDatabase } = options;
  const server = config.databaseUrl;
  const brokerServer = config.brokerDatabaseUrl ?? server;
  return openTogether(async (keep) => {
    if (!server || (options.broker === 'postgres' && !brokerServer))
      keep(await claimDataFolder(config.dataDir));
    const openOwn = (name: string) => openDatabase(server, join(config.dataDir, name), logger);
    const shared = hasOneDatabase && !brokerServer ? keep(await openOwn('postgres')) : undefined;
    const tracing = await loadTracing(config.tracing);
    const brokerOf = await openBrokers(options, { keep, db: shared, tracing });
    // Closed by `keep`, after the broker.
    const borrowed = shared && { ...shared, close: async () => {} };
    const openOnce = async (name: Name) => borrowed ?? openOwn(name);
    const trace = tracing.requests;
    return keep(await startServices({ ...options, brokerOf, openDatabase: openOnce, trace }));
  });
}

/** One broker for all services; of `http` one for each, because each has a webhook. */
async function openBrokers<Name extends string, Kind extends BrokerKind | 'http'>(
  options: SystemOptions<Name, Kind>,
  { keep, db, tracing }: { keep: Keep; db: SqlDatabase | undefined; tracing: Tracing },
): Promise<StartServicesOptions<Name, BrokerOf<Kind>>['brokerOf']> {
  const { config, broker: kind, topics, groups = [], subscribers, wrapBroker, logger } = options;
  if (isHttp(kind)) {
    const [topic = ''] = topics;
    return ({ urls, logger }) => {
      const started = groups.flatMap((group) => urls[group] ?? []);
      const settings = { topic, path: '/events', source: topic, subscribers: subscribers ?? started };
      return tracing.broker(createHttpBroker({ ...settings, logger }), kind) as BrokerOf<Kind>; // the kind is `http`
    };
  }
  const opened = await openBroker(kind, {
    addresses: { ...config, brokerDatabaseUrl: config.brokerDatabaseUrl ?? config.databaseUrl },
    topics,
    groups: Object.fromEntries(groups.map((group) => [group, topics])),
    folder: config.dataDir,
    db,
    logger,
  });
  const broker = tracing.broker(keep(opened) as BrokerOf<Kind>, kind); // as its opener declares
  return () => (wrapBroker ? wrapBroker(broker) : broker);
}

function isHttp(kind: BrokerKind | 'http'): kind is 'http' {
  return kind === 'http';
}
