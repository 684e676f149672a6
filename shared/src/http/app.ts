import express, { type Express, type IRouter, type RequestHandler } from 'express';
import type { Logger } from '../process/logger.ts';
import { checkReadiness, type ReadinessCheck } from '../service/readiness.ts';
import { allowAnyOrigin, type Methods, otherMethods, preflight } from './allowed-methods.ts';
import { errorHandler, HttpError } from './errors.ts';
import { logRequests } from './request-log.ts';
import { wantsWebSocket } from './server.ts';

/** The routes of one service, and which methods its paths know. */
export interface Routes {
  methods: Methods;
  register(app: IRouter): void;
}

export interface AppOptions {
  logger: Logger;
  routes: readonly Routes[];
  /** What `/readyz` asks. */
  checks: readonly ReadinessCheck[];
  /** Serves the page for paths that no route knows (embedded only; elsewhere nginx does). */
  page?: RequestHandler;
  /** More headers for every answer (embedded only; elsewhere nginx adds them). */
  headers?: Readonly<Record<string, string>>;
}

/** An Express app around the routes of one service or of several: ids, CORS, health, errors. */
export function createApp({ logger, routes, checks, page, headers = {} }: AppOptions): Express {
  const app = express();
  app.disable('x-powered-by');
  app.set('query parser', false); // see parameters.ts
  const added = Object.entries(headers);
  const methods = routes.map((route) => route.methods);
  const begin = logRequests(logger);
  const answerPreflight = preflight(methods);
  // In one step, and without a router for each service: every step costs the router as much as these do.
  app.use((req, res, next) => {
    begin(req, res);
    allowAnyOrigin(res);
    for (const [name, value] of added) res.setHeader(name, value);
    if (wantsWebSocket(req)) {
      res.setHeader('connection', 'close');
      throw new HttpError(400, 'This request cannot open a WebSocket');
    }
    if (!answerPreflight(req, res)) next();
  });
  for (const { register } of routes) register(app);
  app.get('/healthz', (_req, res) => {
    res.json({ status: 'alive' });
  });
  app.get('/readyz', async (_req, res) => {
    const report = await checkReadiness(checks);
    res.status(report.ready ? 200 : 503).json(report);
  });
  if (page) app.use(page);
  app.use(otherMethods(methods));
  app.use(errorHandler(logger));
  return app;
}
