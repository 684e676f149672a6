import express, { type Express, type RequestHandler, type Router } from 'express';
import type { Logger } from '../lifecycle/logger.ts';
import { checkParts, type Part } from '../lifecycle/readiness.ts';
import { errorHandler } from './errors.ts';
import { allowAnyOrigin, type Methods, otherMethods, preflight } from './methods.ts';
import { logRequests } from './request-log.ts';

/** The routes of one service, and which methods its paths know. */
export interface Routes {
  router: Router;
  methods: Methods;
}

export interface AppOptions {
  logger: Logger;
  routes: readonly Routes[];
  /** What `/readyz` asks. */
  parts: readonly Part[];
  /** Serves the page for paths that no route knows (embedded only; elsewhere nginx does). */
  page?: RequestHandler;
}

/** An Express app around the routes of one service or of several: ids, CORS, health, errors. */
export function createApp({ logger, routes, parts, page }: AppOptions): Express {
  const app = express();
  app.disable('x-powered-by');
  app.set('query parser', false); // see parameters.ts
  app.use(logRequests(logger));
  app.use(allowAnyOrigin);
  const methods = routes.map((route) => route.methods);
  app.use(preflight(methods));
  for (const { router } of routes) app.use(router);
  app.get('/healthz', (_req, res) => {
    res.json({ status: 'alive' });
  });
  app.get('/readyz', async (_req, res) => {
    const report = await checkParts(parts);
    res.status(report.ready ? 200 : 503).json(report);
  });
  if (page) app.use(page);
  app.use(otherMethods(methods));
  app.use(errorHandler(logger));
  return app;
}
