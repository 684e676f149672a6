import { HttpError } from '@meower/shared/http/errors.ts';
import type { Routes } from '@meower/shared/http/express-app.ts';
import { formFields, readForm } from '@meower/shared/http/form.ts';
import { integerField } from '@meower/shared/http/integer-field.ts';
import { parseFields } from '@meower/shared/http/json-body.ts';
import { queryParameters } from '@meower/shared/http/parameters.ts';
import { traceHeadersOf } from '@meower/shared/http/trace-headers.ts';
import type { Request, Response } from 'express';
import { z } from 'zod';
import { type Goods, type Order, positionOf } from '../events.ts';
import type { Change, Store } from './store.ts';

const pageFields = z.object({
  after: integerField({ min: 0, absent: 0 }),
  limit: integerField({ max: 1000, absent: 1000 }),
});

/**
 * `/v1/order` or `/v1/goods`. `parameter`: what it belongs to, in the body or the query string. The answers
 * hold the position of the write, for `?at_least=`.
 */
export function writeRoutes<Data extends Order | Goods>(
  kind: 'order' | 'goods',
  parameter: 'userId' | 'orderId',
  store: Store<Data>,
): Routes {
  const path = `/v1/${kind}`;
  const fields = z.object({ [parameter]: integerField() });
  const ownerOf = (req: Request) =>
    Number(parseFields(fields, { ...queryParameters(req), ...Object(formFields(req)) })[parameter]);
  const idOf = ({ params: { id } }: Request) => {
    if (!/^\d{1,15}$/.test(String(id))) throw new HttpError(400, 'the id in the path must be a whole number');
    return Number(id);
  };
  const write =
    (status: number, change: Change, valuesOf: (req: Request) => number[]) =>
    async (req: Request, res: Response) => {
      const data = await store.change(change, valuesOf(req), traceHeadersOf(req, res));
      if (!data) throw new HttpError(404, `There is no ${kind} with this id`);
      res.status(status).json({ data, position: positionOf(kind, data) });
    };
  return {
    methods: { [path]: ['GET', 'POST'], [`${path}/:id`]: ['PUT', 'DELETE'] },
    register(app) {
      app.post(
        path,
        ...readForm,
        write(201, 'created', (req) => [ownerOf(req)]),
      );
      app.put(
        `${path}/:id`,
        ...readForm,
        write(200, 'updated', (req) => [idOf(req), ownerOf(req)]),
      );
      app.delete(
        `${path}/:id`,
        write(200, 'deleted', (req) => [idOf(req)]),
      );
      // What the read model is compared with.
      app.get(path, async (req, res) => {
        const { after, limit } = parseFields(pageFields, queryParameters(req));
        res.json({ data: await store.page(after, limit) });
      });
    },
  };
}
