import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Routes } from '@meower/shared/http/app.ts';
import { HttpError } from '@meower/shared/http/errors.ts';
import { queryParameters, single } from '@meower/shared/http/parameters.ts';
import { refuse, type UpgradeHandler } from '@meower/shared/http/server.ts';
import { WebSocketServer } from 'ws';
import { Client, type ClientLimits } from './client.ts';
import { ClientSocket } from './client-socket.ts';

const PATH = '/pusher';

export interface PusherHandlers {
  limits: ClientLimits;
  /** Whether events reach this service, so that a client who comes now misses none. */
  isFollowing(): boolean;
  onClient(client: Client, cursor: number | undefined): void;
}

/** `GET /pusher` without an upgrade is told what is missing. */
export function pusherRoutes(): Routes {
  return {
    methods: { [PATH]: ['GET'] },
    register(app) {
      app.get(PATH, (_req, res) => {
        res.setHeader('upgrade', 'websocket');
        throw new HttpError(426, 'Upgrade to WebSocket required');
      });
    },
  };
}

/** `WS /pusher`, `WS /pusher?cursor=<seq>`. */
export function pusherUpgrade({ limits, isFollowing, onClient }: PusherHandlers): UpgradeHandler {
  const server = new WebSocketServer({
    noServer: true,
    WebSocket: ClientSocket,
    clientTracking: false,
    perMessageDeflate: false,
    maxPayload: 4096,
  });
  return (req, socket, head) => {
    // Node's server leaves errors to whoever takes the upgrade over.
    socket.on('error', destroy);
    try {
      if (new URL(req.url ?? '', 'http://pusher').pathname !== PATH) throw new HttpError(404, 'Not found');
      const cursor = cursorOf(req);
      if (!isFollowing()) throw new HttpError(503, 'Not ready, try again');
      server.handleUpgrade(req, socket, head, (webSocket) => {
        socket.off('error', destroy);
        onClient(new Client(webSocket, socket, limits), cursor);
      });
    } catch (error) {
      if (error instanceof HttpError) refuse(socket, error.status, error.message);
      else refuse(socket, 400, 'Bad request');
    }
  };
}

function destroy(this: Duplex): void {
  this.destroy();
}

function cursorOf(req: IncomingMessage): number | undefined {
  const message = 'Invalid cursor parameter';
  const text = single(queryParameters(req), 'cursor', message);
  if (text === undefined) return undefined;
  const cursor = Number(text);
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(cursor)) throw new HttpError(400, message);
  return cursor;
}
