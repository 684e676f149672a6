import type { Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';

/** How long a client may take to read the end of what was sent, in milliseconds. */
const LINGER_MS = 2000;

export interface ConnectionTracker {
  /** Whether the client would take what is written to the socket now for the response to an earlier request. */
  isResponding(socket: Socket): boolean;
  /** No longer tracks the connection, which speaks another protocol now. The caller must end it. */
  release(socket: Socket): void;
  /** Accepts no more connections, and ends each one when its responses are complete, all of them after `timeoutMs`. */
  drain(timeoutMs: number): Promise<void>;
}

interface Connection {
  /** Requests whose responses are not complete. */
  pending: number;
  latest: ServerResponse | undefined;
}

/**
 * Tracks the responses of each connection. Node alone would not end connections on which no request has come yet
 * (browsers open some in advance), nor those that are kept alive after a response.
 */
export function trackConnections(server: Server): ConnectionTracker {
  const connections = new Map<Socket, Connection>();
  let draining = false;

  // Shared by all sockets and responses.
  function onSocketClose(this: Socket): void {
    connections.delete(this);
  }
  function onResponseClose(this: ServerResponse): void {
    const { socket } = this.req;
    const connection = connections.get(socket);
    if (!connection) return;
    connection.pending--;
    if (draining && connection.pending === 0) endConnection(socket);
  }

  server.on('connection', (socket: Socket) => {
    connections.set(socket, { pending: 0, latest: undefined });
    socket.on('close', onSocketClose);
  });
  server.on('request', ({ socket }, res) => {
    const connection = connections.get(socket);
    if (!connection) return;
    connection.pending++;
    connection.latest = res;
    res.on('close', onResponseClose);
  });

  return {
    isResponding(socket) {
      const { pending = 0, latest } = connections.get(socket) ?? {};
      // A response that has not begun cannot be mistaken for one to a request that is still coming.
      const toIncomplete = latest && !latest.req.complete && !latest.headersSent;
      return pending > (toIncomplete ? 1 : 0);
    },
    release(socket) {
      connections.delete(socket);
      socket.off('close', onSocketClose);
    },
    drain: (timeoutMs) =>
      new Promise((resolve, reject) => {
        draining = true;
        const deadline = setTimeout(() => server.closeAllConnections(), timeoutMs);
        server.close((error) => {
          clearTimeout(deadline);
          if (error) reject(error);
          else resolve();
        });
        for (const [socket, { pending }] of connections) if (pending === 0) socket.destroy();
      }),
  };
}

/** Ends a connection after what was written to it, also when the client keeps its side open. */
export function endConnection(socket: Duplex): void {
  setTimeout(() => socket.destroy(), LINGER_MS).unref();
  // Discards what the client still sends, or the end of it would not be seen.
  socket.resume();
  socket.end();
}
