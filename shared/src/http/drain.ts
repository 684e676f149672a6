import type { Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/**
 * Follows what the server's connections are doing. The function that it returns stops the server: it accepts no more, and ends each
 * connection as soon as no answer is owed on it, all of them after `drainMs`. Node by itself would go on waiting for connections on which nothing was
 * asked yet (browsers open some in advance), and for those that are kept alive after their last answer. Upgraded connections are
 * left to whoever took them over.
 */
export function followConnections(server: Server): (drainMs: number) => Promise<void> {
  /** How many answers are owed on each. */
  const owed = new Map<Socket, number>();
  let stopping = false;

  const change = (socket: Socket, by: number) => {
    const count = owed.get(socket);
    if (count === undefined) return;
    owed.set(socket, count + by);
    if (stopping && count + by === 0) socket.end();
  };

  function forget(this: Socket): void {
    owed.delete(this);
  }

  function answered(this: ServerResponse): void {
    change(this.req.socket, -1);
  }

  server.on('connection', (socket: Socket) => {
    owed.set(socket, 0);
    socket.on('close', forget);
  });
  server.on('request', (req, res) => {
    change(req.socket, 1);
    res.on('close', answered);
  });
  server.on('upgrade', (_req, socket) => {
    owed.delete(socket as Socket);
    socket.off('close', forget);
  });

  return (drainMs) =>
    new Promise((resolve, reject) => {
      stopping = true;
      const deadline = setTimeout(() => server.closeAllConnections(), drainMs);
      server.close((error) => {
        clearTimeout(deadline);
        if (error) reject(error);
        else resolve();
      });
      for (const [socket, count] of owed) if (count === 0) socket.destroy();
    });
}
