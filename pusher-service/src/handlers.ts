import type { Duplex } from 'node:stream';
import { type AllowedOrigins, isAllowedOrigin } from '@meower/shared/http/allowed-origins.ts';
import { defineRoutes } from '@meower/shared/http/define-routes.ts';
import { HttpError } from '@meower/shared/http/errors.ts';
import { parseInput, queryParameters } from '@meower/shared/http/parameters.ts';
import { refuse, type UpgradeHandler } from '@meower/shared/http/server.ts';
import type { Service } from '@meower/shared/service/service.ts';
import { WebSocketServer } from 'ws';
import { z } from 'zod';
import { Client, type ClientLimits } from './client.ts';
import { ClientSocket } from './client-socket.ts';
import type { Statistics } from './statistics.ts';

const INVALID_CURSOR = 'Invalid cursor parameter';
const UPGRADE_REQUIRED = 'Upgrade to WebSocket required';
export const pusherParameters = z.object({
  cursor: z
    .string(INVALID_CURSOR)
    .regex(/^\d+$/, INVALID_CURSOR)
    .transform(Number)
    .pipe(z.int(INVALID_CURSOR).min(0))
    .optional()
    .describe('The `seq` after which to resume'),
});

interface PusherHandlers {
  limits: ClientLimits;
  statistics: Statistics;
  /** Other pages that may open a WebSocket. */
  origins: AllowedOrigins;
  /** Whether a client that connects now will receive every event. */
  isFollowing(): boolean;
  onClient(client: Client, cursor: number | undefined): void;
}

/** `GET /pusher` without an upgrade is refused with 426. */
export function pusherRoutes() {
  return defineRoutes({
    'GET /pusher': {
      summary: 'Opens a WebSocket',
      description: 'asyncapi.json describes its frames. A request without an upgrade is refused.',
      answers: {},
      errors: { 426: [UPGRADE_REQUIRED] },
      handle(_req, res) {
        res.setHeader('upgrade', 'websocket');
        throw new HttpError(426, UPGRADE_REQUIRED);
      },
    },
  });
}

/** `WS /pusher`, `WS /pusher?cursor=<seq>`. */
export function pusherUpgrades(handlers: PusherHandlers): Service['upgrades'] {
  const { limits, statistics, origins, isFollowing, onClient } = handlers;
  const server = new WebSocketServer({
    noServer: true,
    WebSocket: ClientSocket,
    clientTracking: false,
    perMessageDeflate: false,
    maxPayload: 4096,
  });
  server.on('wsClientError', ({ message }, socket) =>
    refuse(socket, 400, message, 'Sec-WebSocket-Version: 13'),
  );
  const openWebSocket: UpgradeHandler = (req, socket, head) => {
    // Until the WebSocket has its own listener for errors.
    socket.on('error', destroy);
    try {
      if (!isAllowedOrigin(req, origins))
        throw new HttpError(403, 'Pages of other sites may not listen here');
      const { cursor } = parseInput(pusherParameters, queryParameters(req));
      if (!isFollowing()) throw new HttpError(503, 'Not ready, try again');
      server.handleUpgrade(req, socket, head, (webSocket) => {
        socket.off('error', destroy);
        onClient(new Client(webSocket, socket, limits, statistics), cursor);
      });
    } catch (error) {
      if (error instanceof HttpError) refuse(socket, error.status, error.message);
      else refuse(socket, 400, 'Bad request');
    }
  };
  return { '/pusher': openWebSocket };
}

function destroy(this: Duplex): void {
  this.destroy();
}
