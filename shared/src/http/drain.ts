import type { Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';

/** How long a client may take to read its last response, in milliseconds. */
const LINGER_MS = 2000;

export interface ConnectionTracker {
  /** Whether bytes written to the socket now would appear to be the response to an earlier request. */
  isResponding(socket: Socket): boolean;
  /** No longer tracks the connection, which speaks another protocol now. The caller must end it. */
  release(socket: Socket): void;
  /**
   * Accepts no more connections. Ends each when its responses are complete, all of them after `timeoutMs`.
   */
  drain(timeoutMs: number): Promise<void>;
}

interface TrackedConnection {
  /** Responses that are not complete. */
  pending: number;
  /** The newest of them. */
  latest: ServerResponse | undefined;
}

/**
 * Tracks the responses of each connection: a server needs that to end its connections. Node alone would wait
 * for those without a request (browsers open some in advance), and for those kept alive after a response.
 */
export function trackConnections(server: Server): ConnectionTracker {
  const connections = new Map<Socket, TrackedConnection>();
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
    if (connection.latest === this) connection.latest = undefined;
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
      // A request that is still arriving may be answered now, if its response has not begun.
      const isAnswerable = latest && !latest.req.complete && !latest.headersSent;
      return pending > (isAnswerable ? 1 : 0);
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

/** Ends a connection after sending what was written to it, even if the client keeps its side open. */
export function endConnection(socket: Duplex): void {
  setTimeout(() => socket.destroy(), LINGER_MS).unref();
  // Discards further data: a socket that does not read would not notice that the client has closed its side.
  socket.resume();
  socket.end();
}
