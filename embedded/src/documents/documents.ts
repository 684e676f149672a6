import { adminRoutes } from '@meower/meow-service/admin-api.ts';
import { meowRoutes } from '@meower/meow-service/handlers.ts';
import { reportRoutes } from '@meower/meow-service/moderation/report-routes.ts';
import { pusherParameters, pusherRoutes } from '@meower/pusher-service/handlers.ts';
import { queryRoutes } from '@meower/query-service/handlers.ts';
import { combineRoutes } from '@meower/shared/http/express-app.ts';
import { healthRoutes } from '@meower/shared/http/health-routes.ts';
import { asyncApiDocument } from './asyncapi.ts';
import { openApiDocument } from './openapi.ts';

const VERSION = '1.0.0';
const HOST = 'localhost:8080';

/** The documents of the interface for programs, by their file in `docs`. */
export function documents(): Record<string, object> {
  const routes = combineRoutes([
    meowRoutes(notCalled()),
    reportRoutes(notCalled()),
    queryRoutes(notCalled()),
    pusherRoutes(),
    healthRoutes([], () => false),
  ]);
  const admin = adminRoutes(notCalled(), notCalled());
  return {
    'openapi.json': openApiDocument(routes.operations ?? {}, {
      title: 'Meower',
      description: 'A social network for cats: post short anonymous meows, list and search them.',
      version: VERSION,
      url: `http://${HOST}`,
    }),
    'openapi-admin.json': openApiDocument(admin.operations ?? {}, {
      title: 'Meower, for operators',
      description:
        'On a port of its own (`ADMIN_PORT`), which nginx does not serve. Every request needs the token.',
      version: VERSION,
      url: 'http://localhost:8081',
    }),
    'asyncapi.json': asyncApiDocument({
      title: 'Meower, live',
      description: 'What the WebSocket sends to browsers, and the events between the services.',
      version: VERSION,
      host: HOST,
      parameters: pusherParameters,
    }),
  };
}

/** Stands for what the handlers need: the routes are described, and not called. */
function notCalled<T extends object>(): T {
  const get = () => notCalled();
  // Any property is the same, as a function too: no caller learns what it is.
  return new Proxy(() => undefined, { get }) as unknown as T;
}
