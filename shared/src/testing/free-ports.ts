import { once } from 'node:events';
import { createServer, type Server } from 'node:net';

const ATTEMPTS = 100;
/**
 * Below those that Linux gives to outgoing connections: such a port would be taken again before it is used.
 */
const [FIRST, END] = [20_000, 32_000];

/** The first of `count` successive ports that were free a moment ago. */
export async function freePorts(count: number): Promise<number> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const servers: Server[] = [];
    try {
      const first = FIRST + Math.floor(Math.random() * (END - FIRST - count));
      for (let port = first; port < first + count; port++) await listenOn(port, servers);
      return first;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
    } finally {
      await Promise.all(servers.map((server) => server[Symbol.asyncDispose]()));
    }
  }
  throw new Error(`the system has no ${count} successive free ports`);
}

async function listenOn(port: number, servers: Server[]): Promise<void> {
  const server = createServer().listen(port);
  await once(server, 'listening');
  servers.push(server);
}
