import { mkdirSync } from 'node:fs';
import type { Config, DependencyName } from '../config.ts';
import type { ControllableProcess } from './controllable-process.ts';
import { startDependencyServer } from './dependency-server.ts';
import { assertFree } from './ports.ts';

/** The Postgres, NATS and Elasticsearch servers of a run. */
export interface Dependencies {
  servers: Record<DependencyName, ControllableProcess>;
  ports: Record<DependencyName, number>;
  close(): Promise<void>;
}

/** Rejects if a port is in use or a server does not start, after stopping those that did. */
export async function startDependencies({ commands, firstPort, folder }: Config): Promise<Dependencies> {
  mkdirSync(folder, { recursive: true });
  await using opened = new AsyncDisposableStack();
  const ports = { postgres: firstPort, nats: firstPort + 1, elasticsearch: firstPort + 2 };
  await assertFree(Object.values(ports));
  const start = async (name: DependencyName, stopSignal: 'SIGTERM' | 'SIGINT') => {
    const server = await startDependencyServer({
      name,
      command: commands[name],
      port: ports[name],
      stopSignal,
    });
    opened.defer(() => server.stop());
    return server;
  };
  const starting = {
    // On SIGTERM Postgres would wait for its clients.
    postgres: start('postgres', 'SIGINT'),
    nats: start('nats', 'SIGTERM'),
    elasticsearch: start('elasticsearch', 'SIGTERM'),
  };
  await Promise.allSettled(Object.values(starting));
  const servers = {
    postgres: await starting.postgres,
    nats: await starting.nats,
    elasticsearch: await starting.elasticsearch,
  };
  const closing = opened.move();
  return { servers, ports, close: () => closing.disposeAsync() };
}
