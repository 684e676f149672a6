import type { Closable } from '../async/closable.ts';
import type { ErrorBody } from '../http/errors.ts';
import type { Routes } from '../http/express-app.ts';
import type { UpgradeHandler } from '../http/server.ts';
import type { Inspection } from '../inspection/inspector.ts';
import type { Reading } from '../metrics/reading.ts';
import type { ReadinessCheck } from './readiness.ts';

/** One of Meower's services before it listens: on a port of its own, or on the same as others. */
export interface Service extends Closable {
  routes: Routes;
  checks: readonly ReadinessCheck[];
  /** What an operator may want to know of it, for metrics. */
  readings?: readonly Reading[];
  /** What operators can ask it. */
  inspection?: Inspection;
  /** Of a service that has its port alone: the body of its errors. Default: `{"error"}`. */
  errorBody?: ErrorBody | undefined;
  /** The paths that open WebSockets. */
  upgrades?: Readonly<Record<string, UpgradeHandler>>;
  /** Closes WebSockets, which would not end by themselves, before the server waits for its last responses. */
  disconnectClients?(): Promise<void>;
}
