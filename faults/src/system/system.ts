import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { DependencyName } from '../config.ts';
import type { Topology } from '../nemesis/plan.ts';
import { postgresLogin, type StorageNames } from './admin-client.ts';
import type { ControllableProcess } from './controllable-process.ts';
import type { Dependencies } from './dependencies.ts';
import { type SupervisedService, startSupervisedService } from './supervised-service.ts';
import { createTcpProxy, type TcpProxy } from './tcp-proxy.ts';

export type ServiceName = 'meow' | 'query' | 'pusher';
/** The file that is run for each service. */
export type Mains = Record<ServiceName, string>;

export const productMains: Mains = {
  meow: fileURLToPath(new URL('../../../meow-service/src/main.ts', import.meta.url)),
  query: fileURLToPath(new URL('../../../query-service/src/main.ts', import.meta.url)),
  pusher: fileURLToPath(new URL('../../../pusher-service/src/main.ts', import.meta.url)),
};
/** What operators run. */
export const adminCommands = {
  republish: fileURLToPath(new URL('../../../meow-service/src/admin/republish.ts', import.meta.url)),
  reindex: fileURLToPath(new URL('../../../query-service/src/admin/reindex.ts', import.meta.url)),
  drift: fileURLToPath(new URL('../../../query-service/src/admin/drift.ts', import.meta.url)),
};
export type AdminCommand = keyof typeof adminCommands;

const dependenciesOf: Record<ServiceName, readonly DependencyName[]> = {
  meow: ['postgres', 'nats'],
  query: ['postgres', 'nats', 'elasticsearch'],
  pusher: ['nats'],
};
const REPLICAS = 2;
const ADMIN_TOKEN = 'the token of the fault suite';
/** Less than a page can miss while it is disconnected, so that resuming has to read the stream too. */
const RING_SIZE = 500;

export interface SystemOptions {
  dependencies: Dependencies;
  names: StorageNames;
  mains: Mains;
  folder: string;
  firstPort: number;
}

/** Two replicas of each service; each replica reaches each of its dependencies through its own proxy. */
export interface System {
  topology: Topology;
  /** Services and dependencies by name. */
  processes: ReadonlyMap<string, ControllableProcess>;
  /** The proxies of one link of the topology. */
  proxies(link: string): readonly TcpProxy[];
  urls: Record<ServiceName, readonly string[]>;
  /** The ports for operators of meow-service's replicas. */
  admin: { urls: readonly string[]; token: string };
  services: readonly SupervisedService[];
  close(): Promise<void>;
}

export async function startSystem(options: SystemOptions): Promise<System> {
  const { dependencies, names, mains, folder, firstPort } = options;
  await using opened = new AsyncDisposableStack();
  const proxies = new Map<string, TcpProxy>();
  const services: SupervisedService[] = [];
  const urls: Record<ServiceName, string[]> = { meow: [], query: [], pusher: [] };
  const adminUrls: string[] = [];
  let port = firstPort;
  const nextUrl = () => new URL(`http://127.0.0.1:${port++}`);
  mkdirSync(folder, { recursive: true });

  for (const service of Object.keys(dependenciesOf) as ServiceName[]) {
    for (let i = 1; i <= REPLICAS; i++) {
      const name = `${service}-${i}`;
      const ports: Partial<Record<DependencyName, number>> = {};
      for (const dependency of dependenciesOf[service]) {
        const proxy = await createTcpProxy(dependencies.ports[dependency]);
        opened.defer(() => proxy.close());
        proxies.set(`${name}>${dependency}`, proxy);
        ports[dependency] = proxy.port;
      }
      const url = nextUrl();
      const env: Record<string, string> = {
        ...environment(names, { ...dependencies.ports, ...ports }),
        PORT: url.port,
        PUSHER_RING_SIZE: String(RING_SIZE),
      };
      urls[service].push(url.origin);
      if (service === 'meow') {
        const adminUrl = nextUrl();
        Object.assign(env, { ADMIN_PORT: adminUrl.port, ADMIN_TOKEN });
        adminUrls.push(adminUrl.origin);
      }
      const logFile = join(folder, `${name}.log`);
      const supervised = startSupervisedService({ name, main: mains[service], env, logFile });
      opened.defer(() => supervised.close());
      services.push(supervised);
    }
  }

  const servers = Object.values(dependencies.servers);
  const closing = opened.move();
  return {
    topology: {
      services: services.map(({ name }) => name),
      dependencies: Object.keys(dependencies.servers),
      links: [...proxies.keys(), ...servers.map(({ name }) => `*>${name}`)],
    },
    processes: new Map([...services, ...servers].map((process) => [process.name, process])),
    proxies: (link) =>
      [...proxies]
        .filter(([name]) => name === link || (link.startsWith('*') && name.endsWith(link.slice(1))))
        .map(([, proxy]) => proxy),
    urls,
    admin: { urls: adminUrls, token: ADMIN_TOKEN },
    services,
    close: () => closing.disposeAsync(),
  };
}

/** Environment variables that lead a service or an operator's command to its dependencies. */
export function environment(
  { database, index }: StorageNames,
  ports: Record<DependencyName, number>,
): Record<string, string> {
  return {
    LOG_LEVEL: 'warn',
    POSTGRES_HOST: '127.0.0.1',
    POSTGRES_PORT: String(ports.postgres),
    POSTGRES_DB: database,
    POSTGRES_USER: postgresLogin.user,
    POSTGRES_PASSWORD: postgresLogin.password,
    NATS_ADDRESS: `127.0.0.1:${ports.nats}`,
    ELASTICSEARCH_ADDRESS: `127.0.0.1:${ports.elasticsearch}`,
    ELASTICSEARCH_INDEX: index,
  };
}
