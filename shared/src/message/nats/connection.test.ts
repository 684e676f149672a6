import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import type { JetStreamManager } from 'nats';
import pino from 'pino';
import { afterEach, expect, test } from 'vitest';
import { until } from '../contract/samples.ts';
import { askRepeatedly, NatsConnector } from './connection.ts';

const INFO = `INFO ${JSON.stringify({ server_id: 'S', version: '2.11.0', headers: true, max_payload: 1_048_576, proto: 1 })}\r\n`;
const LONGEST_RETRY_MS = 200;

const closings: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closings.splice(0).reverse()) await close();
});

/** A server that treats each connection alike, and a connector to it. */
async function connectTo(serve: (socket: Socket) => void) {
  const connectedAtMs: number[] = [];
  const server: Server = createServer((socket) => {
    connectedAtMs.push(performance.now());
    socket.on('error', () => socket.destroy());
    serve(socket);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  closings.push(() => server.close());
  const lines: { level: number; retryInMs?: number }[] = [];
  const logger = pino({ level: 'info' }, { write: (line: string) => lines.push(JSON.parse(line)) });
  const address = `127.0.0.1:${(server.address() as { port: number }).port}`;
  const connector = new NatsConnector(
    { address, user: '', password: '', longestRetryMs: LONGEST_RETRY_MS, pingIntervalMs: 1000 },
    logger,
  );
  closings.push(() => connector.close());
  return { connectedAtMs, lines };
}

test.each<[string, (socket: Socket) => void]>([
  ['accepts and closes', (socket) => socket.end()],
  ['introduces itself and closes', (socket) => socket.end(INFO)],
  [
    'closes after CONNECT',
    (socket) => {
      socket.write(INFO);
      socket.once('data', () => socket.end());
    },
  ],
  [
    'closes after the handshake',
    (socket) => {
      socket.write(INFO);
      socket.once('data', () => socket.end('PONG\r\n'));
    },
  ],
])('waits longer and longer for a server that %s', { timeout: 30_000 }, async (_, serve) => {
  const { connectedAtMs, lines } = await connectTo(serve);
  await until(() => expect(connectedAtMs.length).toBeGreaterThanOrEqual(6));
  const [first = 0, , , , , sixth = 0] = connectedAtMs;
  // 50 to 100 ms, then 100 to 200 ms four times. A few of them are the timers' own imprecision.
  expect(sixth - first).toBeGreaterThan(440);
  expect(lines.length).toBeLessThanOrEqual(2 * connectedAtMs.length);
  const delays = lines.flatMap(({ retryInMs }) => retryInMs ?? []);
  expect(delays[0]).toBeLessThanOrEqual(100);
  expect(Math.max(...delays)).toBeLessThanOrEqual(LONGEST_RETRY_MS);
});

test('asks again while no server answers, and not when one refuses', async () => {
  const jsm = {} as JetStreamManager; // the requests of this test do not use it
  const ask = async (...answers: (() => Promise<string>)[]) => {
    let asked = 0;
    const request = async () => answers[asked++]?.() ?? 'asked too often';
    const outcome = await askRepeatedly({ jsm }, request, 5).catch((err: Error) => err.message);
    return { asked, outcome };
  };
  const unanswered = () => new Promise<never>(() => {});
  const refused = async () => {
    throw new Error('no');
  };
  expect(await ask(unanswered, unanswered, async () => 'yes')).toEqual({ asked: 3, outcome: 'yes' });
  expect(await ask(unanswered, refused)).toEqual({ asked: 2, outcome: 'no' });
});
