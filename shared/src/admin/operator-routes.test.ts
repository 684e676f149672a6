import { afterEach, expect, test, vi } from 'vitest';
import { createApp } from '../http/express-app.ts';
import { type HttpServer, listen } from '../http/server.ts';
import { silentLogger } from '../testing/silent-logger.ts';
import { operatorRoutes } from './operator-routes.ts';

const drift = { cats: { compared: 2, missing: 1, outdated: 0, surplus: 0 } };
let server: HttpServer | undefined;
afterEach(() => server?.close());

async function start(findDrift: () => Promise<typeof drift>, rebuild = async () => {}) {
  const routes = operatorRoutes({ path: '/cats', gauge: 'cats_drift', findDrift, rebuild });
  const app = createApp({ logger: silentLogger, routes: [routes], checks: [] });
  const started = await listen(app, { port: 0, host: '127.0.0.1' });
  server = started;
  return async (path: string, method = 'GET') =>
    (await fetch(`http://127.0.0.1:${started.port}${path}`, { method })).text();
}

test('compares, and rebuilds before it compares', async () => {
  const calls: string[] = [];
  const ask = await start(
    async () => {
      calls.push('compare');
      return drift;
    },
    async () => void calls.push('rebuild'),
  );
  expect(JSON.parse(await ask('/cats/drift'))).toEqual({ data: drift });
  expect(JSON.parse(await ask('/cats/rebuild', 'POST'))).toEqual({ data: drift });
  expect(calls).toEqual(['compare', 'rebuild', 'compare']);
});

test('gauges show a recent comparison without making another one', async () => {
  const findDrift = vi.fn(async () => drift);
  const ask = await start(findDrift);
  const gauges = await ask('/metrics');
  expect(gauges).toContain('cats_drift{kind="cats",what="missing"} 1\n');
  expect(gauges).toContain('cats_drift{kind="cats",what="surplus"} 0\n');
  expect(await ask('/metrics')).toBe(gauges);
  expect(findDrift).toHaveBeenCalledOnce();
});
