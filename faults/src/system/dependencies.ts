import { mkdirSync } from 'node:fs';
import type { Config, PartName } from '../config.ts';
import type { Victim } from './controllable-process.ts';
import { startPart } from './dependency-server.ts';
import { assertFree } from './ports.ts';

/** The real servers of a run, with their ports. */
export interface Parts {
  victims: Record<PartName, Victim>;
  ports: Record<PartName, number>;
  close(): Promise<void>;
}

/** Rejects with what is wrong when a port is taken or one does not start; those that did are stopped. */
export async function startParts({ commands, firstPort, folder }: Config): Promise<Parts> {
  mkdirSync(folder, { recursive: true });
  await using opened = new AsyncDisposableStack();
  const ports = { postgres: firstPort, nats: firstPort + 1, elasticsearch: firstPort + 2 };
  await assertFree(Object.values(ports));
  const start = async (name: PartName, stopSignal: 'SIGTERM' | 'SIGINT') => {
    const part = await startPart({ name, command: commands[name], port: ports[name], stopSignal });
    opened.defer(() => part.stop());
    return part;
  };
  const starting = {
    // Postgres would wait for its clients on SIGTERM.
    postgres: start('postgres', 'SIGINT'),
    nats: start('nats', 'SIGTERM'),
    elasticsearch: start('elasticsearch', 'SIGTERM'),
  };
  await Promise.allSettled(Object.values(starting));
  const victims = {
    postgres: await starting.postgres,
    nats: await starting.nats,
    elasticsearch: await starting.elasticsearch,
  };
  const closing = opened.move();
  return { victims, ports, close: () => closing.disposeAsync() };
}
