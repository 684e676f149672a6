import { z } from 'zod';
import { checkReadiness, type ReadinessCheck } from '../service/readiness.ts';
import { defineRoutes } from './define-routes.ts';
import type { Routes } from './express-app.ts';

const readiness = z
  .object({
    ready: z.boolean(),
    checks: z.record(z.string(), z.string()).describe('By name of the check: `ok`, or what is wrong'),
  })
  .meta({ id: 'Readiness' });

/** `GET /healthz` and `GET /readyz`. A service that is about to stop is not ready. */
export function healthRoutes(checks: readonly ReadinessCheck[], isLeaving: () => boolean): Routes {
  return defineRoutes({
    'GET /healthz': {
      summary: 'Answers while the process is alive',
      answers: { 200: { description: 'It is alive', schema: z.object({ status: z.literal('alive') }) } },
      handle(_req, res) {
        res.json({ status: 'alive' });
      },
    },
    'GET /readyz': {
      summary: 'Reports whether the service can do its main work',
      description: 'On the port of each service, and not through nginx.',
      answers: {
        200: { description: 'It can', schema: readiness },
        503: { description: 'It cannot', schema: readiness },
      },
      errors: { 404: ['Not found'] },
      async handle(_req, res) {
        const report = await checkReadiness(checks);
        const ready = report.ready && !isLeaving();
        res.status(ready ? 200 : 503).json({ ...report, ready });
      },
    },
  });
}
