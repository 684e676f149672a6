import type { RequestHandler } from 'express';
import type { Routes } from './express-app.ts';

type Route = `${'GET' | 'POST' | 'PUT' | 'DELETE'} /${string}`;

/** Routes as a table, `{ 'GET /meows/:id': handler }`; of a list of handlers each calls the next. */
export function defineRoutes(table: Readonly<Record<Route, RequestHandler | RequestHandler[]>>): Routes {
  const routes = Object.entries(table).map(([route, handlers]) => {
    const [method = '', path = ''] = route.split(' ');
    return { method, path, handlers };
  });
  const byPath = Map.groupBy(routes, ({ path }) => path);
  return {
    methods: Object.fromEntries(
      [...byPath].map(([path, ofPath]) => [path, ofPath.map(({ method }) => method)]),
    ),
    register(app) {
      for (const { method, path, handlers } of routes) {
        // The type of a route allows these methods only.
        app[method.toLowerCase() as 'get' | 'post' | 'put' | 'delete'](path, handlers);
      }
    },
  };
}
