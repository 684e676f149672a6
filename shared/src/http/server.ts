import { createServer, type IncomingMessage, type RequestListener, STATUS_CODES } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { StartError } from '../process/start-error.ts';
import { followConnections } from './drain.ts';

/** Takes over connections that want to become WebSockets. */
export type UpgradeHandler = (req: IncomingMessage, socket: Duplex, head: Buffer) => void;

export interface HttpServer {
  /** The port in use, also when 0 was asked for. */
  port: number;
  /** Accepts no more, answers what was accepted, for at most `drainMs`. May be called twice. */
  close(): Promise<void>;
}

export interface ListenOptions {
  /** 0 takes any free port. */
  port: number;
  /** All interfaces when absent. */
  host?: string;
  onUpgrade?: UpgradeHandler;
  /** How long `close` waits for answers under way, in milliseconds. Default 12000: longer than the database may take. */
  drainMs?: number;
}

/** How long a refused peer may take to read why, in milliseconds. */
const LINGER_MS = 2000;

const ERROR_ANSWERS: Record<string, [status: number, message: string]> = {
  HPE_HEADER_OVERFLOW: [431, 'Request header fields too large'],
  ERR_HTTP_REQUEST_TIMEOUT: [408, 'Request timeout'],
};

/** Listens. Rejects with `StartError` when the port is taken or not allowed. */
export async function listen(handler: RequestListener, options: ListenOptions): Promise<HttpServer> {
  const { port, host, onUpgrade, drainMs = 12_000 } = options;
  const server = createServer(
    {
      headersTimeout: 10_000,
      requestTimeout: 20_000,
      keepAliveTimeout: 65_000,
      // How late these timeouts may be noticed.
      connectionsCheckingInterval: 1000,
      // Some clients offer HTTP/2 with every request; what is not a WebSocket goes on as HTTP/1.1.
      shouldUpgradeCallback: ({ headers }) => headers.upgrade?.toLowerCase() === 'websocket',
    },
    handler,
  );
  const drain = followConnections(server);
  server.on('clientError', answerClientError);
  if (onUpgrade) server.on('upgrade', onUpgrade);
  await new Promise<void>((resolve, reject) => {
    const onError = (error: NodeJS.ErrnoException) => reject(cannotListen(port, error));
    server.once('error', onError);
    server.listen({ port, host, backlog: 4096 }, () => {
      server.off('error', onError);
      resolve();
    });
  });
  let closing: Promise<void> | undefined;
  return {
    port: (server.address() as AddressInfo).port,
    close() {
      closing ??= drain(drainMs);
      return closing;
    },
  };
}

function cannotListen(port: number, error: NodeJS.ErrnoException): Error {
  const why: Record<string, string> = {
    EADDRINUSE: 'is taken: stop what listens there, or set PORT to another',
    EACCES: 'is not allowed for this user: set PORT to one above 1023',
  };
  const reason = why[error.code ?? ''];
  return reason ? new StartError(`port ${port} ${reason}.`, { cause: error }) : error;
}

/** For requests that are no HTTP, or too slow, or too large: no handler sees these. */
function answerClientError(error: NodeJS.ErrnoException, socket: Duplex): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const [status, message] = ERROR_ANSWERS[error.code ?? ''] ?? [400, 'Bad request'];
  refuse(socket, status, message);
}

/** Answers `{"error": message}` on a connection that no `ServerResponse` stands for, and ends it. */
export function refuse(socket: Duplex, status: number, message: string): void {
  const body = JSON.stringify({ error: message });
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    'Content-Type: application/json; charset=utf-8',
    `Content-Length: ${Buffer.byteLength(body)}`,
    'Access-Control-Allow-Origin: *',
    'Connection: close',
  ];
  // A peer that keeps its side open would keep the connection for ever.
  setTimeout(() => socket.destroy(), LINGER_MS).unref();
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`);
}
