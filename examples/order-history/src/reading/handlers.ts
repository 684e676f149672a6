import { createAtLeast } from '@meower/shared/http/at-least.ts';
import { defineRoutes } from '@meower/shared/http/define-routes.ts';
import { handleQuery } from '@meower/shared/http/input-handlers.ts';
import { z } from 'zod';
import { pageFields, type ReadModel } from './read-model.ts';

const queryFields = pageFields.extend({ at_least: z.string().optional() });

export function historyRoutes({ page, has }: Pick<ReadModel, 'page' | 'has'>, timeoutMs: number) {
  const atLeast = createAtLeast({ has, example: 'order-1-1', timeoutMs });
  return defineRoutes({
    'GET /v1/order-history': handleQuery(queryFields, async ({ at_least, ...fields }) => {
      await atLeast(at_least);
      return { data: await page(fields) };
    }),
  });
}
