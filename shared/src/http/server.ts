import { createServer, type IncomingMessage, type RequestListener, STATUS_CODES } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { StartError } from '../process/start-error.ts';
import { clientNetwork } from './client-network.ts';
import { endConnection, trackConnections } from './drain.ts';
import { oneAtATime } from './pipelining.ts';
import { takeTurns } from './request-turns.ts';

/**
 * Opens a WebSocket on the socket of the request, or calls `refuse`. Must listen for errors of the socket.
 */
export type UpgradeHandler = (req: IncomingMessage, socket: Duplex, head: Buffer) => void;

export interface HttpServer {
  /** The port in use, also when 0 was asked for. */
  port: number;
  /** From now on each connection ends after its next response, so that proxies open others elsewhere. */
  leave(): void;
  /** Accepts no more connections and completes the responses, for at most `DRAIN_MS`. May be called twice. */
  close(): Promise<void>;
}

export interface ListenOptions {
  /** 0 takes any free port. */
  port: number;
  /** All interfaces when absent. */
  host?: string;
  /** Whether a proxy names the clients, which take turns; see `clientNetwork`. Default: false. */
  behindProxy?: boolean;
  /** The paths that open WebSockets. Requests for one elsewhere go to the listener: see `wantsWebSocket`. */
  upgrades?: Readonly<Record<string, UpgradeHandler>>;
}

const ERROR_RESPONSES: Record<string, [status: number, message: string]> = {
  HPE_HEADER_OVERFLOW: [431, 'Request header fields too large'],
  ERR_HTTP_REQUEST_TIMEOUT: [408, 'Request timeout'],
};

/** How long closing waits for responses: longer than the database may take. */
const DRAIN_MS = 12_000;
/** Requests of one connection that may wait until the one before them is answered. */
const MAX_PIPELINED = 20;

/** Listens. Rejects with `StartError` when the port is taken or not allowed. */
export async function listen(listener: RequestListener, options: ListenOptions): Promise<HttpServer> {
  const { port, host, behindProxy = false } = options;
  const upgrades = new Map(Object.entries(options.upgrades ?? {}));
  const upgradeHandler = ({ url = '' }: IncomingMessage) =>
    upgrades.get(URL.parse(url, 'http://meower')?.pathname ?? '');
  const server = createServer({
    headersTimeout: 10_000,
    requestTimeout: 20_000,
    keepAliveTimeout: 65_000,
    // Node's own refusal has no body: createApp refuses these requests.
    requireHostHeader: false,
    // How late a timeout may be noticed.
    connectionsCheckingInterval: 1000,
    // Other requests are handled as HTTP/1.1: some clients offer HTTP/2 with every request.
    shouldUpgradeCallback: (req) =>
      wantsWebSocket(req) &&
      req.method === 'GET' &&
      !hasBody(req) &&
      !connections.isResponding(req.socket) &&
      upgradeHandler(req) !== undefined,
  });
  const connections = trackConnections(server);
  let leaving = false;
  server.on('request', (_req, res) => {
    if (leaving) res.setHeader('connection', 'close');
  });
  const inTurn = takeTurns(listener, (req) => clientNetwork(req, behindProxy));
  server.on('request', oneAtATime(inTurn, MAX_PIPELINED));
  server.on('upgrade', (req, socket, head) => {
    connections.release(req.socket);
    upgradeHandler(req)?.(req, socket, head);
  });
  const refuseRequest = (socket: Socket, status: number, message: string) => {
    if (connections.isResponding(socket)) socket.destroy();
    else refuse(socket, status, message);
  };
  server.on('connect', ({ socket }) => refuseRequest(socket, 405, 'Method not allowed'));
  // Unknown expectations are ignored, as nginx does.
  server.on('checkExpectation', (req, res) => server.emit('request', req, res));
  // A request that is not HTTP, too slow or too large does not reach the listener.
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    const [status, message] = ERROR_RESPONSES[error.code ?? ''] ?? [400, 'Bad request'];
    if (error.code === 'ECONNRESET' || !socket.writable) socket.destroy();
    else refuseRequest(socket as Socket, status, message); // the sockets of a TCP server
  });
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
    leave() {
      leaving = true;
    },
    close: () => (closing ??= connections.drain(DRAIN_MS)),
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

/** Whether the request asks for its connection to become a WebSocket. */
export function wantsWebSocket({ headers }: IncomingMessage): boolean {
  return headers.upgrade?.toLowerCase() === 'websocket' && /\bupgrade\b/i.test(headers.connection ?? '');
}

function hasBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}

/** Responds with `{"error": message}` on a connection without a `ServerResponse`, and ends it. */
export function refuse(socket: Duplex, status: number, message: string, ...headers: string[]): void {
  const body = JSON.stringify({ error: message });
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    'Content-Type: application/json; charset=utf-8',
    `Content-Length: ${Buffer.byteLength(body)}`,
    'Access-Control-Allow-Origin: *',
    'Cache-Control: no-store',
    'Connection: close',
    ...headers,
  ];
  socket.on('error', () => socket.destroy());
  socket.write(`${head.join('\r\n')}\r\n\r\n${body}`);
  endConnection(socket);
}
