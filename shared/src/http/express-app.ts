import express, { type Express, type IRouter, type RequestHandler } from 'express';
import type { Logger } from '../process/logger.ts';
import type { ReadinessCheck } from '../service/readiness.ts';
import { allowAnyOrigin, type Methods, otherMethods, preflight } from './allowed-methods.ts';
import { type ErrorBody, errorHandler, HttpError } from './errors.ts';
import { healthRoutes } from './health-routes.ts';
import type { Operations } from './operation.ts';
import { logRequests, type OnRequest } from './request-log.ts';
import { wantsWebSocket } from './server.ts';

/** The routes of one service, and the methods of each path. */
export interface Routes {
  methods: Methods;
  /** Those that the documents describe. */
  operations?: Operations;
  register(app: IRouter): void;
}

export function combineRoutes(all: readonly (Routes | undefined)[]): Routes {
  const present = all.filter((routes) => routes !== undefined);
  return {
    methods: Object.fromEntries(present.flatMap(({ methods }) => Object.entries(methods))),
    operations: Object.assign({}, ...present.map(({ operations }) => operations)),
    register: (app) => {
      for (const { register } of present) register(app);
    },
  };
}

export interface AppOptions {
  logger: Logger;
  routes: readonly Routes[];
  /** Run by `/readyz`. */
  checks: readonly ReadinessCheck[];
  /** Whether the service is about to stop: then it is not ready. */
  isLeaving?: () => boolean;
  /** Serves the page for paths without a route (embedded only; in compose nginx does). */
  page?: RequestHandler;
  /** Traces requests, while spans are exported. */
  trace?: RequestHandler | undefined;
  /** Refuses requests (embedded only; in compose nginx does). */
  guard?: RequestHandler;
  /** Additional headers of every response (embedded only; in compose nginx adds them). */
  headers?: Readonly<Record<string, string>>;
  /** Default: `{"error": message}`. */
  errorBody?: ErrorBody;
  /** Called after each response. */
  onRequest?: OnRequest | undefined;
}

/** An Express app with the routes of one or several services: request ids, CORS, health, errors. */
export function createApp({
  logger,
  routes,
  checks,
  isLeaving = () => false,
  page,
  trace,
  guard,
  headers = {},
  errorBody,
  onRequest,
}: AppOptions): Express {
  const app = express();
  app.disable('x-powered-by');
  app.set('query parser', false); // see parameters.ts
  const added = Object.entries(headers);
  const all = [...routes, healthRoutes(checks, isLeaving)];
  const methods = all.map((route) => route.methods);
  const logRequest = logRequests(logger, onRequest);
  const answerPreflight = preflight(methods);
  // One handler, and no router for each service: calling a handler costs Express as much as all of these.
  app.use((req, res, next) => {
    logRequest(req, res);
    allowAnyOrigin(res);
    // Unless the handler sets another one.
    res.setHeader('cache-control', 'no-store');
    for (const [name, value] of added) res.setHeader(name, value);
    if (req.headers.host === undefined && req.httpVersion === '1.1') {
      res.setHeader('connection', 'close');
      throw new HttpError(400, 'Bad request');
    }
    if (wantsWebSocket(req)) {
      res.setHeader('connection', 'close');
      throw new HttpError(400, 'This request cannot open a WebSocket');
    }
    if (answerPreflight(req, res)) return;
    if (trace) trace(req, res, next);
    else next();
  });
  if (guard) app.use(guard);
  for (const { register } of all) register(app);
  if (page) app.use(page);
  app.use(otherMethods(methods));
  app.use(errorHandler(logger, errorBody));
  return app;
}
