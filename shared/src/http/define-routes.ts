import type { RequestHandler } from 'express';
import type { Methods } from './allowed-methods.ts';
import type { Routes } from './express-app.ts';
import type { Operation, Operations } from './operation.ts';

type Route = `${'GET' | 'POST' | 'PUT' | 'DELETE'} /${string}`;
type Handlers = RequestHandler | RequestHandler[];

/** A route that the documents of the interface describe. */
type DescribedRoute = Operation & { handle: Handlers };

/**
 * Routes as a table, `{ 'GET /meows/:id': handler }`; of a list of handlers each calls the next. A route may come with
 * what it takes and answers.
 */
export function defineRoutes(table: Readonly<Record<Route, Handlers | DescribedRoute>>): Routes {
  const routes = Object.entries(table).map(([route, entry]) => {
    const [method = '', path = ''] = route.split(' ');
    if (!('handle' in entry)) return { route, method, path, handlers: entry };
    const { handle, ...operation } = entry;
    return { route, method, path, handlers: handle, operation };
  });
  const operations: Operations = Object.fromEntries(
    routes.flatMap(({ route, operation }) => (operation ? [[route, operation]] : [])),
  );
  return {
    methods: methodsOf(routes),
    operations,
    register(app) {
      for (const { method, path, handlers } of routes) {
        // The type of a route allows these methods only.
        app[method.toLowerCase() as 'get' | 'post' | 'put' | 'delete'](path, handlers);
      }
    },
  };
}

function methodsOf(routes: readonly { method: string; path: string }[]): Methods {
  const byPath = Map.groupBy(routes, ({ path }) => path);
  return Object.fromEntries([...byPath].map(([path, all]) => [path, all.map(({ method }) => method)]));
}
