import type { RequestHandler } from 'express';
import { defineRoutes } from '../http/define-routes.ts';
import type { Routes } from '../http/express-app.ts';

/** Numbers by what was compared, and by what was found (see `Differences`). */
export type DriftReport = Readonly<Record<string, Readonly<Record<string, number>>>>;

interface OperatorOptions {
  /** Of the copy that is compared with its sources. */
  path: string;
  /** Name of the gauge. Its labels are `kind` and `what`. */
  gauge: string;
  findDrift(): Promise<DriftReport>;
  /** Builds the copy again. */
  rebuild(): Promise<void>;
}

/** How old the gauges may be: each comparison reads all rows. */
const GAUGES_MS = 30_000;

/**
 * For the operators of a copy: `GET PATH/drift` compares, `POST PATH/rebuild` rebuilds and then compares, and
 * `GET /metrics` has the newest comparison as gauges for Prometheus.
 */
export function operatorRoutes({ path, gauge, findDrift, rebuild }: OperatorOptions): Routes {
  let last: { drift: DriftReport; atMs: number } | undefined;
  const compare = async () => {
    const drift = await findDrift();
    last = { drift, atMs: performance.now() };
    return drift;
  };
  const sendDrift: RequestHandler = async (_req, res) => {
    res.json({ data: await compare() });
  };
  const rebuildFirst: RequestHandler = async (_req, _res, next) => {
    await rebuild();
    next();
  };
  return defineRoutes({
    [`GET ${path}/drift`]: sendDrift,
    [`POST ${path}/rebuild`]: [rebuildFirst, sendDrift],
    'GET /metrics': async (_req, res) => {
      const isRecent = last && performance.now() - last.atMs < GAUGES_MS;
      const drift = isRecent && last ? last.drift : await compare();
      res.type('text/plain; version=0.0.4').send(toGauges(gauge, drift));
    },
  });
}

function toGauges(name: string, drift: DriftReport): string {
  const lines = Object.entries(drift).flatMap(([kind, counts]) =>
    Object.entries(counts).map(([what, count]) => `${name}{kind="${kind}",what="${what}"} ${count}\n`),
  );
  return lines.join('');
}
