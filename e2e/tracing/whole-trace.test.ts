import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { startEmbedded } from '@meower/embedded/start.ts';
import { loadConfig as loadMeowConfig } from '@meower/meow-service/config.ts';
import { startMeowService } from '@meower/meow-service/start.ts';
import { loadConfig as loadPusherConfig } from '@meower/pusher-service/config.ts';
import { startPusherService } from '@meower/pusher-service/start.ts';
import { loadConfig as loadQueryConfig } from '@meower/query-service/config.ts';
import { startQueryService } from '@meower/query-service/start.ts';
import { describeReal } from '@meower/shared/testing/describe-real.ts';
import { createTestIndex } from '@meower/shared/testing/elasticsearch.ts';
import { freePorts } from '@meower/shared/testing/free-ports.ts';
import { createNatsServer } from '@meower/shared/testing/nats-server.ts';
import { createTestDatabase } from '@meower/shared/testing/postgres.ts';
import { silentLogger } from '@meower/shared/testing/silent-logger.ts';
import { temporaryFolder } from '@meower/shared/testing/temporary-folder.ts';
import { startTestTracing, type TestTracing, tracingEnv } from '@meower/shared/testing/test-tracing.ts';
import { tracePaths } from '@meower/shared/testing/trace-text.ts';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { explain } from '../../ops/src/explain.ts';
import { status } from '../../ops/src/status.ts';
import { WebSocketClient } from '../contract/websocket-client.ts';

vi.setConfig({ testTimeout: 90_000 });
const TEXT = 'traced';
const SOON = { timeout: 40_000, interval: 20 };

let tracing: TestTracing;
let opened: AsyncDisposableStack;
let traceId: string;

beforeAll(async () => {
  tracing = await startTestTracing();
});
afterAll(() => tracing.close());
beforeEach(() => {
  opened = new AsyncDisposableStack();
  traceId = randomBytes(16).toString('hex');
});
afterEach(() => opened.disposeAsync());

function keep<T extends { close(): Promise<void> }>(closable: T): T {
  opened.defer(() => closable.close());
  return closable;
}

/** In a trace, as the client of Meower begins one, and passed on as by nginx, which has had it for 50 ms. */
async function post(url: string): Promise<string> {
  const headers = {
    traceparent: `00-${traceId}-00f067aa0ba902b7-00`,
    'x-request-start': `t=${(Date.now() / 1000).toFixed(3)}; age=0.050`,
  };
  const body = new URLSearchParams({ body: TEXT });
  const answer = await fetch(`${url}/meows`, { method: 'POST', headers, body });
  expect(answer.status).toBe(200);
  return ((await answer.json()) as { id: string }).id;
}

async function ready(url: string): Promise<void> {
  await vi.waitFor(async () => expect((await fetch(`${url}/readyz`)).status).toBe(200), SOON);
}

async function openSocket(url: string, path?: string): Promise<WebSocketClient> {
  const client = await WebSocketClient.open(url, path);
  opened.defer(() => client.webSocket.terminate());
  return client;
}

const paths = () => new Set(tracePaths(tracing.receiver.spans, traceId));
const CREATE = 'POST /meows > create meow.created';

test('one trace leads from a request to the index and to the socket, with npm start', async () => {
  const { path: dataDir } = opened.use(await temporaryFolder());
  const config = { port: 0, host: '127.0.0.1', logLevel: 'silent', admin: undefined, dataDir };
  const metrics = { port: 0, host: '127.0.0.1' };
  const meower = keep(await startEmbedded({ ...config, metrics, tracing: tracing.config }, silentLogger));
  const { port, metricsPort } = meower;
  const url = `http://127.0.0.1:${port}`;
  await ready(url);
  const client = await openSocket(url);
  const id = await post(url);
  await client.waitForMeow(id);

  const expected = [
    'POST /meows',
    CREATE,
    `${CREATE} > INSERT meows`,
    `${CREATE} > send meow.created`,
    `${CREATE} > process meow.created`,
    `${CREATE} > process meow.created > send frame sockets=1`,
    `${CREATE} > process meow.created attempt=1 settled=acked`,
  ];
  await vi.waitFor(() => expect(paths()).toEqual(new Set(expected)), SOON);
  const { seq } = await client.waitForMeow(id);
  const late = await openSocket(url, `/pusher?cursor=${seq - 1}`);
  await late.waitForMeow(id);
  const isMissed = ({ name }: { name: string }) => name === 'send missed frames';
  await vi.waitFor(() => expect(tracing.receiver.spans.filter(isMissed)).toHaveLength(1), SOON);
  const [missed] = tracing.receiver.spans.filter(isMissed);
  expect(missed?.links.map((link) => link.traceId)).toEqual([traceId]);

  const urls = [`http://127.0.0.1:${metricsPort}`];
  const logs = `${dataDir}/lines`;
  await writeFile(logs, `{"id":"${id}"}\n{"trace_id":"${traceId}"}\n{"id":"another"}\n`);
  const text = await explain(id, { urls, logs });
  const steps = [...text.matchAll(/^\d\S+ +\+\d+ ms {2}(\w+(?: \w+)?)/gm)].map(([, step]) => step);
  expect(steps.toSorted()).toEqual(['answered', 'committed', 'created', 'handled', 'published', 'pushed']);
  expect(text).toMatch(/pushed +meower +seq \d+, sockets: 1\n/);
  expect(text).toMatch(/^database +stored$/m);
  expect(text).toMatch(/^unpublished +none$/m);
  expect(text).toMatch(/^deadLetters +none$/m);
  expect(text).toMatch(/^index +found$/m);
  expect(text).toMatch(new RegExp(`^events +topic meow.created, position \\d+, .*traceId ${traceId}$`, 'm'));
  expect(text).toContain(`\n\n{"id":"${id}"}\n{"trace_id":"${traceId}"}\n`);
  expect(text).not.toContain('another');
  expect(text).not.toContain(TEXT);
  await expect(explain('cat', { urls })).rejects.toThrow('"cat" is not the id of a meow');

  const healthy = await status(urls);
  expect(healthy.text).toMatch(/^meower +1\.0\.0 +127\.0\.0\.1:\d+ .* yes +.* ok$/m);
  expect(healthy.text).toMatch(/^outbox +0 unpublished, the oldest for 0 s$/m);
  expect(healthy.text).toMatch(/^group indexer +0 behind, 0 s$/m);
  expect(healthy.text).toMatch(/^meows +1, in the index 1$/m);
  expect(healthy.text).toMatch(/^sockets +2$/m);
  expect(healthy.isHealthy).toBe(true);
  const closed = `127.0.0.1:${await freePorts(1)}`;
  const unhealthy = await status([...urls, `http://${closed}`]);
  expect(unhealthy.text).toMatch(new RegExp(`^\\? +${closed} +no +.*ECONNREFUSED`, 'm'));
  expect(unhealthy.isHealthy).toBe(false);
});

describeReal('postgres', (postgres) => {
  describeReal('nats_server', (natsServer) => {
    describeReal('elasticsearch', (elasticsearch) => {
      test('an event that is published after a restart and indexed at the second attempt stays in its trace', async () => {
        const database = await createTestDatabase(postgres);
        opened.defer(() => database.drop());
        const nats = await createNatsServer(natsServer);
        opened.defer(() => nats.wipe());
        const index = createTestIndex(elasticsearch);
        opened.defer(() => index.remove());
        const proxy = await startProxy(elasticsearch);
        const { hostname, port, pathname, username, password } = new URL(database.url);
        const env = {
          ...tracingEnv(tracing.receiver),
          PORT: '0',
          METRICS_PORT: '0',
          POSTGRES_HOST: hostname,
          POSTGRES_PORT: port,
          POSTGRES_DB: pathname.slice(1),
          POSTGRES_USER: username,
          POSTGRES_PASSWORD: password,
          NATS_ADDRESS: nats.address,
          OUTBOX_GRACE_MS: '0',
          ELASTICSEARCH_ADDRESS: proxy.address,
          ELASTICSEARCH_INDEX: index.alias,
        };
        const startMeow = () => startMeowService(loadMeowConfig(env), silentLogger);

        const first = await startMeow();
        opened.defer(() => first.close());
        await ready(`http://127.0.0.1:${first.port}`);
        const id = await post(`http://127.0.0.1:${first.port}`);
        const created = `nginx > ${CREATE}`;
        await vi.waitFor(() => expect(paths()).toContain(`${created} > send meow.created error`), SOON);
        await first.close();

        await nats.start();
        const pusher = keep(await startPusherService(loadPusherConfig(env), silentLogger));
        const query = keep(await startQueryService(loadQueryConfig(env), silentLogger));
        for (const service of [pusher, query]) await ready(`http://127.0.0.1:${service.port}`);
        // The index is complete: what is indexed from now on comes from events.
        const isComplete = async () => {
          const answer = await fetch(`http://127.0.0.1:${query.port}/search?query=traced`);
          expect(answer.headers.get('x-degraded')).toBeNull();
        };
        await vi.waitFor(isComplete, SOON);
        const client = await openSocket(`http://127.0.0.1:${pusher.port}`);
        proxy.refuseNextBulk();
        const second = keep(await startMeow());
        await vi.waitFor(() => expect(client.meows).toHaveLength(1), SOON);

        const handled = `${created} > process meow.created`;
        const expected = [
          'nginx',
          'nginx > POST /meows',
          created,
          `${created} > INSERT meows`,
          `${created} > send meow.created error`,
          `${created} > send meow.created`,
          handled,
          `${handled} > send frame sockets=1`,
          `${handled} attempt=1 settled=nacked error`,
          `${handled} attempt=1 settled=nacked error > bulk error`,
          `${handled} attempt=2 settled=acked`,
          `${handled} attempt=2 settled=acked > bulk`,
        ];
        await vi.waitFor(() => expect(paths()).toEqual(new Set(expected)), SOON);
        const ofTrace = tracing.receiver.spans.filter((span) => span.traceId === traceId);
        const [ofNginx] = ofTrace.filter(({ service }) => service === 'nginx');
        expect(ofNginx).toMatchObject({ name: 'nginx', parentSpanId: '00f067aa0ba902b7' });
        const [request] = ofTrace.filter(({ parentSpanId }) => parentSpanId === ofNginx?.spanId);
        expect((request?.startMs ?? 0) - (ofNginx?.startMs ?? 0)).toBeGreaterThanOrEqual(49);

        const urls = [second, query, pusher].map(({ metricsPort }) => `http://127.0.0.1:${metricsPort}`);
        const text = await explain(id, { urls });
        for (const step of [
          /published +meow-service +meow\.created\n/,
          /failed +query-service +meow\.created by indexer\n/,
          /handled +query-service +meow\.created by indexer, attempt 2\n/,
          /pushed +pusher-service +seq \d+, sockets: 1\n/,
          /index +found\n/,
        ])
          expect(text).toMatch(step);
        expect(text).toContain(`traceId ${traceId}`);
        const { text: screen } = await status(urls);
        for (const line of [
          /^meow-service +1\.0\.0 .* yes +.*ok$/m,
          /^stream MEOW +\d+ of \d+ MB$/m,
          /^meows +1, in the index 1$/m,
          /^sockets +1$/m,
          /^dead letters +0$/m,
        ])
          expect(screen).toMatch(line);
      });
    });
  });
});

/** In front of Elasticsearch; it can refuse a bulk request as an engine does that has too much to do. */
async function startProxy(elasticsearch: string) {
  let refusing = false;
  const forward = (req: IncomingMessage, res: ServerResponse) => {
    const { method, url, headers } = req;
    if (refusing && url?.includes('_bulk')) {
      refusing = false;
      res.writeHead(503, { 'x-elastic-product': 'Elasticsearch', 'content-type': 'application/json' });
      req.resume().on('end', () => res.end('{}'));
      return;
    }
    const [host, port] = elasticsearch.split(':');
    const sent = request({ host, port, method, path: url, headers }, (answer) => {
      res.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(res);
    });
    sent.on('error', () => res.destroy());
    req.pipe(sent);
  };
  const server = createServer(forward).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  opened.defer(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo; // of a TCP server
  return {
    address: `127.0.0.1:${port}`,
    refuseNextBulk() {
      refusing = true;
    },
  };
}
