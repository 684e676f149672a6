import type { Closable } from '../async/closable.ts';
import { openDatabase } from '../db/open-database.ts';
import type { PostgresConfig } from '../db/postgres.ts';
import type { SqlDatabase } from '../db/sql.ts';
import type { Logger } from '../process/logger.ts';
import { serve } from './serve.ts';
import type { Service } from './service.ts';

export interface ServiceContext {
  readonly logger: Logger;
  /** Of this service, which its replicas in this process share: on a server, or PGlite without one. */
  openDatabase(): Promise<SqlDatabase>;
  /** `http://localhost:…` of the services started so far, by name; of replicas the last. */
  readonly urls: Readonly<Record<string, string>>;
}

export type CreateService = (context: ServiceContext) => Promise<Service>;

export interface StartServicesOptions<Name extends string> {
  create: Readonly<Record<Name, CreateService>>;
  /** Started in this order, closed in the reverse one. */
  names: readonly Name[];
  /** 0: any free one. */
  portOf(name: Name): number;
  /** Default: all addresses. */
  host?: string | undefined;
  databaseOf(name: Name): PostgresConfig | undefined;
  /** Holds a folder for each PGlite. */
  dataDir: string;
  logger: Logger;
}

export interface StartedServices<Name extends string> extends Closable {
  /** As in `ServiceContext`. */
  readonly urls: Readonly<Partial<Record<Name, string>>>;
  /** Starts one more, or a replica. */
  startService(name: Name): Promise<void>;
}

/**
 * Starts services in this process, each with a port and a database of its own, as if they were in containers.
 * Rejects with
 * `StartError` if a port is in use.
 */
export async function startServices<Name extends string>(
  options: StartServicesOptions<Name>,
): Promise<StartedServices<Name>> {
  const { create, names, portOf, databaseOf, dataDir } = options;
  await using opened = new AsyncDisposableStack();
  const running = opened.use(new AsyncDisposableStack());
  const databases = new Map<Name, Promise<SqlDatabase>>();
  const urls: Record<string, string> = {};

  const openOnce = (name: Name, logger: Logger) => {
    const open = async () => {
      const db = await openDatabase(databaseOf(name), `${dataDir}/${name}`, logger);
      running.defer(() => db.close());
      return db;
    };
    const database = databases.get(name) ?? open();
    databases.set(name, database);
    return database;
  };

  const startService = async (name: Name) => {
    const logger = options.logger.child({ service: name });
    const service = await create[name]({ logger, urls, openDatabase: () => openOnce(name, logger) });
    const { errorBody } = service;
    const served = await serve([service], { logger, port: portOf(name), host: options.host, errorBody });
    running.defer(() => served.close());
    urls[name] = `http://localhost:${served.port}`;
  };
  for (const name of names) await startService(name);

  const closing = opened.move();
  // Its keys are names of services.
  return { urls: urls as StartedServices<Name>['urls'], startService, close: () => closing.disposeAsync() };
}
