import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { PartName } from '../config.ts';
import type { Topology } from '../nemesis/plan.ts';
import { type Names, postgresLogin } from './admin-client.ts';
import type { Victim } from './controllable-process.ts';
import type { Parts } from './dependencies.ts';
import { type Supervised, startSupervised } from './supervised-service.ts';
import { createWire, type Wire } from './tcp-proxy.ts';

export type ServiceName = 'meow' | 'query' | 'pusher';
/** The file that is run for each service. */
export type Mains = Record<ServiceName, string>;

export const realMains: Mains = {
  meow: fileURLToPath(new URL('../../../meow-service/src/main.ts', import.meta.url)),
  query: fileURLToPath(new URL('../../../query-service/src/main.ts', import.meta.url)),
  pusher: fileURLToPath(new URL('../../../pusher-service/src/main.ts', import.meta.url)),
};
export const republishCommand = fileURLToPath(
  new URL('../../../meow-service/src/admin/republish.ts', import.meta.url),
);

const needs: Record<ServiceName, readonly PartName[]> = {
  meow: ['postgres', 'nats'],
  query: ['postgres', 'nats', 'elasticsearch'],
  pusher: ['nats'],
};
const REPLICAS = 2;
/** Below what a page can miss while it is away, so that resuming reads the stream too. */
const RING_SIZE = 500;

export interface SystemOptions {
  parts: Parts;
  names: Names;
  mains: Mains;
  folder: string;
  firstPort: number;
}

/** Two replicas of each service, each joined to each of its parts by a wire of its own. */
export interface System {
  topology: Topology;
  victims: ReadonlyMap<string, Victim>;
  /** Those of one link of the topology. */
  wires(link: string): readonly Wire[];
  urls: Record<ServiceName, readonly string[]>;
  services: readonly Supervised[];
  close(): Promise<void>;
}

export async function startSystem({
  parts,
  names,
  mains,
  folder,
  firstPort,
}: SystemOptions): Promise<System> {
  await using opened = new AsyncDisposableStack();
  const wires = new Map<string, Wire>();
  const services: Supervised[] = [];
  const urls: Record<ServiceName, string[]> = { meow: [], query: [], pusher: [] };
  let port = firstPort;
  mkdirSync(folder, { recursive: true });

  for (const service of Object.keys(needs) as ServiceName[]) {
    for (let i = 1; i <= REPLICAS; i++) {
      const name = `${service}-${i}`;
      const ports: Partial<Record<PartName, number>> = {};
      for (const part of needs[service]) {
        const wire = await createWire(parts.ports[part]);
        opened.defer(() => wire.close());
        wires.set(`${name}>${part}`, wire);
        ports[part] = wire.port;
      }
      const own = { PORT: String(port), PUSHER_RING_SIZE: String(RING_SIZE) };
      const env = { ...environment(names, { ...parts.ports, ...ports }), ...own };
      const logFile = join(folder, `${name}.log`);
      const supervised = startSupervised({ name, main: mains[service], env, logFile });
      opened.defer(() => supervised.close());
      services.push(supervised);
      urls[service].push(`http://127.0.0.1:${port++}`);
    }
  }

  const victims = new Map<string, Victim>(
    [...services, ...Object.values(parts.victims)].map((victim) => [victim.name, victim]),
  );
  const closing = opened.move();
  return {
    topology: {
      services: services.map(({ name }) => name),
      parts: Object.keys(parts.victims),
      links: [...wires.keys(), ...Object.keys(parts.victims).map((part) => `*>${part}`)],
    },
    victims,
    wires: (link) =>
      [...wires]
        .filter(([name]) => name === link || (link.startsWith('*') && name.endsWith(link.slice(1))))
        .map(([, wire]) => wire),
    urls,
    services,
    close: () => closing.disposeAsync(),
  };
}

/** What a service, or a command of an operator, is told of its parts. */
export function environment(
  { database, index }: Names,
  ports: Record<PartName, number>,
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
