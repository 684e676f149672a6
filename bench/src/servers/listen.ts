import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/**
 * Listens on a free port, with a backlog for many sockets at the same time. Returns the commands of every
 * server process.
 */
export async function listen(server: Server): Promise<{ port(): number; close(): void }> {
  await new Promise<void>((resolve) => server.listen({ port: 0, host: '127.0.0.1', backlog: 4096 }, resolve));
  return {
    port: () => (server.address() as AddressInfo).port,
    close: () => server.closeAllConnections(),
  };
}
