import express from 'express';
import { expect, test } from 'vitest';
import { defineRoutes } from './define-routes.ts';
import { listen } from './server.ts';

test('a table of routes has handlers, and the methods of each path', async () => {
  const routes = defineRoutes({
    'GET /cats/:id': (req, res) => void res.json(`a cat named ${req.params.id}`),
    'DELETE /cats/:id': [(_req, _res, next) => next(), (_req, res) => void res.json('no cat')],
    'GET /dogs': (_req, res) => void res.json([]),
  });
  expect(routes.methods).toEqual({ '/cats/:id': ['GET', 'DELETE'], '/dogs': ['GET'] });
  const app = express();
  routes.register(app);
  const server = await listen(app, { port: 0, host: '127.0.0.1' });
  const ask = async (path: string, method = 'GET') =>
    (await fetch(`http://127.0.0.1:${server.port}${path}`, { method })).json();
  expect(await ask('/cats/Tom')).toBe('a cat named Tom');
  expect(await ask('/cats/Tom', 'DELETE')).toBe('no cat');
  expect(await ask('/dogs')).toEqual([]);
  await server.close();
});
