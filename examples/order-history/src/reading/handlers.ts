import { createAtLeast } from '@meower/shared/http/at-least.ts';
import type { Routes } from '@meower/shared/http/express-app.ts';
import { integerField } from '@meower/shared/http/integer-field.ts';
import { parseFields } from '@meower/shared/http/json-body.ts';
import { queryParameters } from '@meower/shared/http/parameters.ts';
import { z } from 'zod';
import { type Drift, toMetrics } from './drift.ts';
import type { ReadModel } from './read-model.ts';

export interface HistoryHandlers {
  readModel: Pick<ReadModel, 'page' | 'has'>;
  findDrift(): Promise<Drift>;
  rebuild(): Promise<void>;
  /** Longest wait for a write to be seen. */
  atLeastTimeoutMs: number;
}

const counting = integerField({ min: 0, absent: 0 });
const pageFields = z.object({
  threshold: counting,
  after: counting,
  offset: counting,
  limit: integerField({ max: 1000, absent: 100 }),
  /** 0: of all users. */
  user_id: counting,
  at_least: z.string().optional(),
});

/** How old the gauges may be: each comparison reads all rows. */
const GAUGES_MS = 30_000;

export function historyRoutes({ readModel, findDrift, rebuild, atLeastTimeoutMs }: HistoryHandlers): Routes {
  const atLeast = createAtLeast({ has: readModel.has, example: 'order-1-1', timeoutMs: atLeastTimeoutMs });
  const path = '/v1/order-history';
  let gauges: { drift: Drift; sinceMs: number } | undefined;
  return {
    methods: {
      [path]: ['GET'],
      [`${path}/drift`]: ['GET'],
      [`${path}/rebuild`]: ['POST'],
      '/metrics': ['GET'],
    },
    register(app) {
      app.get(path, async (req, res) => {
        const { at_least, user_id, ...page } = parseFields(pageFields, queryParameters(req));
        await atLeast(at_least);
        res.json({ data: await readModel.page({ ...page, userId: user_id || undefined }) });
      });
      app.get(`${path}/drift`, async (_req, res) => {
        res.json({ data: await findDrift() });
      });
      // For operators: an exposed service has a gateway in front of it.
      app.post(`${path}/rebuild`, async (_req, res) => {
        await rebuild();
        res.json({ data: await findDrift() });
      });
      app.get('/metrics', async (_req, res) => {
        const now = performance.now();
        if (!gauges || now - gauges.sinceMs > GAUGES_MS) gauges = { drift: await findDrift(), sinceMs: now };
        res.type('text/plain; version=0.0.4').send(toMetrics(gauges.drift));
      });
    },
  };
}
