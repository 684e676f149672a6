import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { defineRoutes } from '../http/define-routes.ts';
import { HttpError } from '../http/errors.ts';
import { type Served, serve } from '../service/serve.ts';
import { scrape } from '../testing/scrape.ts';
import { silentLogger } from '../testing/silent-logger.ts';
import type { Metrics } from './metrics.ts';
import { serveMetrics } from './serve-metrics.ts';

let metrics: Metrics & Served;
beforeEach(async () => {
  metrics = await serveMetrics({ port: 0, host: '127.0.0.1' }, 'cats', silentLogger);
});
afterEach(() => metrics.close());
const measured = () => scrape(metrics.port);

test('a reading is read at each scrape', async () => {
  let cats = 1;
  metrics.add([
    { type: 'gauge', name: 'cats', help: 'Cats', read: () => cats },
    {
      type: 'counter',
      name: 'meows_total',
      help: 'Meows',
      label: 'by',
      read: async () => ({ tom: 2 * cats }),
    },
  ]);
  expect(await measured()).toMatchObject({ cats: 1, 'meows_total{by="tom"}': 2 });
  cats = 3;
  expect(await measured()).toMatchObject({ cats: 3, 'meows_total{by="tom"}': 6 });
});

test('a reading that fails is left out and counted, and the others are there', async () => {
  let isBroken = false;
  const read = async () => {
    if (isBroken) throw new Error('the database is unavailable');
    return 1;
  };
  metrics.add([
    { type: 'gauge', name: 'broken', help: 'Cats', read },
    {
      type: 'gauge',
      name: 'broken_by',
      help: 'Cats',
      label: 'by',
      read: async () => ({ tom: await read() }),
    },
    { type: 'gauge', name: 'whole', help: 'Cats', read: () => 1 },
  ]);
  expect(await measured()).toMatchObject({ broken: 1, 'broken_by{by="tom"}': 1, whole: 1 });
  isBroken = true;
  const values = await measured();
  expect(values).not.toHaveProperty('broken');
  expect(Object.keys(values)).not.toContainEqual(expect.stringMatching(/^broken_by/));
  expect(values).toMatchObject({ whole: 1 });
  expect(await measured()).toMatchObject({ 'metrics_read_failures_total{metric="broken"}': 1 });
});

test('readings of one name are one metric', async () => {
  const common = { type: 'gauge', name: 'lives', help: 'Lives', label: 'of' } as const;
  metrics.add([{ ...common, read: () => ({ tom: 9 }) }]);
  metrics.add([{ ...common, read: () => ({ kitty: 8 }) }]);
  expect(await measured()).toMatchObject({ 'lives{of="tom"}': 9, 'lives{of="kitty"}': 8 });
});

test('a reading that hangs is left out, and is not started again', async () => {
  const hanging = Promise.withResolvers<number>();
  const read = vi.fn(() => hanging.promise);
  metrics.add([{ type: 'gauge', name: 'hanging', help: 'Cats', read }]);
  for (let i = 0; i < 3; i++) expect(await measured()).not.toHaveProperty('hanging');
  expect(read).toHaveBeenCalledOnce();
  hanging.resolve(1);
  await vi.waitFor(async () => expect(await measured()).toHaveProperty('hanging'));
});

test('a histogram counts values by size', async () => {
  const observe = metrics.histogram({ name: 'batch', help: 'Cats', buckets: [1, 10] });
  for (const value of [1, 5, 20]) observe(value);
  expect(await measured()).toMatchObject({ batch_sum: 26, batch_count: 3, 'batch_bucket{le="10"}': 2 });
});

test('reports the service and its version', async () => {
  expect(Object.keys(await measured())).toContainEqual(
    expect.stringMatching(/^meower_build_info\{service="cats",version="\d+\.\d+\.\d+",node="v\d+/),
  );
});

test('web pages may not read it', async () => {
  const headers = { origin: 'https://elsewhere.example' };
  expect((await fetch(`http://127.0.0.1:${metrics.port}/metrics`, { headers })).status).toBe(403);
});

test('requests are counted by the pattern of their route, readiness by check', async () => {
  const routes = defineRoutes({
    'GET /cats/:id': (req, res) => {
      if (req.params.id === 'none') throw new HttpError(404, 'No such cat');
      if (req.params.id === 'broken') throw new HttpError(500, 'Broken');
      if (req.params.id !== 'slow') res.json('cat');
    },
  });
  const checks = [
    { name: 'well', check: async () => {} },
    { name: 'ill', optional: true, check: () => Promise.reject(new Error('ill')) },
  ];
  const reading = { type: 'gauge', name: 'of_service', help: 'Cats', read: () => 1 } as const;
  const service = { routes, checks, readings: [reading], close: async () => {} };
  const served = await serve([service], { logger: silentLogger, port: 0, host: '127.0.0.1', metrics });
  const get = (path: string, init = {}) => fetch(`http://127.0.0.1:${served.port}${path}`, init);
  try {
    for (const path of ['/cats/1', '/cats/2', '/cats/none', '/cats/broken', '/a', '/b']) await get(path);
    const leaving = new AbortController();
    const aborted = get('/cats/slow', { signal: leaving.signal });
    setImmediate(() => leaving.abort());
    await expect(aborted).rejects.toThrow('aborted');
    await vi.waitFor(async () => {
      const counts = Object.entries(await measured()).flatMap(([name, count]) => {
        const [, labels] = /^http_request_duration_seconds_count\{(.*)\}$/.exec(name) ?? [];
        return labels ? [[labels, count]] : [];
      });
      expect(Object.fromEntries(counts)).toEqual({
        'method="GET",route="/cats/:id",status="2xx"': 2,
        'method="GET",route="/cats/:id",status="4xx"': 1,
        'method="GET",route="/cats/:id",status="5xx"': 1,
        'method="GET",route="other",status="4xx"': 2,
        'method="GET",route="/cats/:id",status="aborted"': 1,
      });
    }, 20_000);
    expect(await measured()).toMatchObject({
      meower_ready: 1,
      'meower_check_ok{check="well"}': 1,
      'meower_check_ok{check="ill"}': 0,
      of_service: 1,
    });
  } finally {
    await served.close();
  }
});
