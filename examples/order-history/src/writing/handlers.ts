import { defineRoutes } from '@meower/shared/http/define-routes.ts';
import { HttpError } from '@meower/shared/http/errors.ts';
import { handleFields, handleQuery } from '@meower/shared/http/input-handlers.ts';
import { integerField, keysetFields } from '@meower/shared/http/integer-field.ts';
import { z } from 'zod';
import { type Change, type Kind, positionOf } from '../events.ts';
import type { Store } from './store.ts';

/** `/v1/order` or `/v1/goods`. The answers hold the position of the write, for `?at_least=`. */
export function writeRoutes(kind: Kind, owner: string, store: Store) {
  const id = { id: integerField() };
  const owned = { [owner]: integerField() };
  const write = (change: Change, fields: z.ZodRawShape, status?: number) =>
    handleFields(
      z.object(fields),
      async (values, headers) => {
        const data = await store.change(change, Object.values(values), headers);
        if (!data) throw new HttpError(404, `There is no ${kind} with this id`);
        return { data, position: positionOf(kind, data) };
      },
      status,
    );
  return defineRoutes({
    [`POST /v1/${kind}`]: write('created', owned, 201),
    [`PUT /v1/${kind}/:id`]: write('updated', { ...id, ...owned }),
    [`DELETE /v1/${kind}/:id`]: write('deleted', id),
    // What the read model is compared with.
    [`GET /v1/${kind}`]: handleQuery(z.object(keysetFields(1000)), async ({ after, limit }) => ({
      data: await store.page(after, limit),
    })),
  });
}
