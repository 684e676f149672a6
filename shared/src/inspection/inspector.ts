import { z } from 'zod';
import { defineRoutes } from '../http/define-routes.ts';
import { HttpError } from '../http/errors.ts';
import type { Routes } from '../http/express-app.ts';
import { isMeowId } from '../meow/meow-id.ts';
import { checkReadiness, type ReadinessCheck } from '../service/readiness.ts';
import { createStepLog, type StepLog } from './step-log.ts';

/** What a service knows, for operators. Never the text of a meow. */
export interface Inspection {
  /** Numbers that are too expensive for each scrape. */
  counts?(): Promise<Readonly<Record<string, number>>>;
  /** Facts about a meow, by name. */
  meow?(id: string): Promise<Readonly<Record<string, unknown>>>;
}

interface Inspected {
  checks: readonly ReadinessCheck[];
  inspection?: Inspection;
}

/** Answers questions of operators about this process, on the port of the metrics. */
export interface Inspector {
  readonly steps: StepLog;
  readonly routes: Routes;
  add(services: readonly Inspected[]): void;
}

/** The answer of `GET /state`. */
export const processState = z.object({
  service: z.string(),
  version: z.string(),
  startedAt: z.coerce.date(),
  ready: z.boolean(),
  checks: z.record(z.string(), z.string()),
  counts: z.record(z.string(), z.number()),
});

/** The answer of `GET /meows/:id`. */
export const meowReport = z.object({
  service: z.string(),
  startedAt: z.coerce.date(),
  steps: z.array(z.object({ at: z.coerce.date(), what: z.string(), details: z.string().optional() })),
  facts: z.record(z.string(), z.unknown()),
});

export type MeowReport = z.infer<typeof meowReport>;

export function createInspector({ service, version }: { service: string; version: string }): Inspector {
  const steps = createStepLog();
  const inspected: Inspected[] = [];
  const startedAt = new Date(performance.timeOrigin);
  const inspections = () => inspected.flatMap(({ inspection }) => inspection ?? []);
  return {
    steps,
    add(services) {
      inspected.push(...services);
    },
    routes: defineRoutes({
      'GET /state': async (_req, res) => {
        const { ready, checks } = await checkReadiness(inspected.flatMap((one) => one.checks));
        const counts = await settle(inspections().map((one) => one.counts?.() ?? {}));
        res.json({ service, version, startedAt, ready, checks, counts: counts.found });
      },
      'GET /meows/:id': async (req, res) => {
        const id = String(req.params.id);
        if (!isMeowId(id)) throw new HttpError(400, 'Invalid id');
        const facts = await settle(inspections().map((one) => one.meow?.(id) ?? {}));
        res.json({ service, startedAt, steps: steps.of(id), facts: { ...facts.found, ...facts.missing } });
      },
    }),
  };
}

/** All that was found, and the reasons why other things could not be. */
async function settle(asked: readonly (object | Promise<object>)[]) {
  const results = await Promise.allSettled(asked);
  const reasons = results.flatMap((result) => (result.status === 'rejected' ? [String(result.reason)] : []));
  return {
    found: Object.assign({}, ...results.map((result) => (result.status === 'fulfilled' ? result.value : {}))),
    missing: reasons.length > 0 ? { unavailable: reasons } : {},
  };
}
