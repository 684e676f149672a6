import { loadConfig as loadMeowConfig } from '@meower/meow-service/config.ts';
import { startMeowService } from '@meower/meow-service/start.ts';
import { loadConfig as loadPusherConfig } from '@meower/pusher-service/config.ts';
import { startPusherService } from '@meower/pusher-service/start.ts';
import { loadConfig as loadQueryConfig } from '@meower/query-service/config.ts';
import { startQueryService } from '@meower/query-service/start.ts';
import { createTestIndex } from '@meower/shared/testing/elasticsearch.ts';
import { createNatsServer } from '@meower/shared/testing/nats-server.ts';
import { createTestDatabase } from '@meower/shared/testing/postgres.ts';
import { silentLogger } from '@meower/shared/testing/silent-logger.ts';
import { createTcpProxy } from '../system/tcp-proxy.ts';
import { disturbHttp } from './disturbed-http.ts';

export type ObservedSystem = Awaited<ReturnType<typeof startObservedSystem>>;

/** Of real servers: their addresses. */
export interface Servers {
  postgres: string;
  /** Its binary: streams have fixed names, so each system has a server of its own. */
  nats: string;
  elasticsearch: string;
}

/**
 * The three services as deployed, measured, on real servers, each connection through a proxy that can disturb it.
 */
export async function startObservedSystem({ postgres, nats, elasticsearch }: Servers) {
  await using opened = new AsyncDisposableStack();
  const database = await createTestDatabase(postgres);
  opened.defer(() => database.drop());
  const index = createTestIndex(elasticsearch);
  opened.defer(() => index.remove());
  const broker = await createNatsServer(nats);
  opened.defer(() => broker.wipe());
  await broker.start();
  const proxy = async (port: number) => {
    const created = await createTcpProxy(port);
    opened.defer(() => created.close());
    return created;
  };
  const natsPort = Number(broker.address.split(':')[1]);
  const links = {
    meowToPostgres: await proxy(database.config.port),
    meowToNats: await proxy(natsPort),
    pusherToNats: await proxy(natsPort),
  };
  const search = await disturbHttp(elasticsearch);
  opened.defer(() => search.close());

  const common = { LOG_LEVEL: 'fatal', PORT: '0', METRICS_PORT: '0', NATS_MAX_BYTES: '1048576' };
  const { user, password, host } = database.config;
  const ofDatabase = (port: number) => ({
    ...{ POSTGRES_HOST: host, POSTGRES_PORT: String(port), POSTGRES_DB: database.config.database },
    ...{ POSTGRES_USER: user, POSTGRES_PASSWORD: password, POSTGRES_TIMEOUT_MS: '2000' },
  });
  const ofNats = (port: number) => ({ NATS_ADDRESS: `127.0.0.1:${port}` });
  const keep = <S extends { port: number; metricsPort: number | undefined; close(): Promise<void> }>(
    service: S,
  ) => {
    opened.defer(() => service.close());
    return { url: `http://127.0.0.1:${service.port}`, metrics: `127.0.0.1:${service.metricsPort}` };
  };
  const meowEnv = {
    ...common,
    ...ofDatabase(links.meowToPostgres.port),
    ...ofNats(links.meowToNats.port),
    OUTBOX_GRACE_MS: '500',
  };
  const queryEnv = {
    ...common,
    ...ofDatabase(database.config.port),
    ...ofNats(natsPort),
    ELASTICSEARCH_ADDRESS: `127.0.0.1:${search.port}`,
    ELASTICSEARCH_INDEX: index.alias,
  };
  const pusherEnv = { ...common, ...ofNats(links.pusherToNats.port), PUSHER_MAX_MESSAGES: '5' };
  const services = {
    meow: keep(await startMeowService(loadMeowConfig(meowEnv), silentLogger)),
    query: keep(await startQueryService(loadQueryConfig(queryEnv), silentLogger)),
    pusher: keep(await startPusherService(loadPusherConfig(pusherEnv), silentLogger)),
  };
  const closing = opened.move();
  return {
    services,
    links,
    /** Elasticsearch as the query service sees it. */
    search,
    natsAddress: broker.address,
    close: () => closing.disposeAsync(),
  };
}
