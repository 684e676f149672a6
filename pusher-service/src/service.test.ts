import { once } from 'node:events';
import { deletedEvent, meowDeleted, publishMeowsCreated } from '@meower/shared/event/meow-events.ts';
import { createIdGenerator } from '@meower/shared/meow/meow-id.ts';
import { createInProcessBroker } from '@meower/shared/message/in-process.ts';
import { serve } from '@meower/shared/service/serve.ts';
import { silentLogger } from '@meower/shared/testing/silent-logger.ts';
import { expect, test, vi } from 'vitest';
import { WebSocket } from 'ws';
import { createPusherService } from './service.ts';

const newMeowId = createIdGenerator();
const SOON = { timeout: 15_000 };

test('a meow whose event comes after its deletion is not sent, also by a pusher that starts in between', async () => {
  await using opened = new AsyncDisposableStack();
  const broker = createInProcessBroker({ logger: silentLogger });
  opened.defer(() => broker.close());
  const [gone, stays] = [
    { ...newMeowId(), body: 'gone' },
    { ...newMeowId(), body: 'stays' },
  ];
  await broker.publish(meowDeleted.name, [deletedEvent(gone.id, {})]);
  const service = createPusherService({ broker, logger: silentLogger });
  const { port, close } = await serve([service], { logger: silentLogger, port: 0 });
  opened.defer(close);
  await vi.waitFor(
    async () => expect((await fetch(`http://127.0.0.1:${port}/readyz`)).status).toBe(200),
    SOON,
  );
  const socket = new WebSocket(`ws://127.0.0.1:${port}/pusher`);
  opened.defer(() => socket.terminate());
  await once(socket, 'open');
  const bodies: string[] = [];
  socket.on('message', (data) => bodies.push((JSON.parse(String(data)) as { body: string }).body));
  await publishMeowsCreated(broker, [gone, stays]);
  await vi.waitFor(() => expect(bodies).toEqual(['stays']), SOON);
});

test('refuses pages of origins that are not allowed, with a sentence', async () => {
  await using opened = new AsyncDisposableStack();
  const broker = createInProcessBroker({ logger: silentLogger });
  opened.defer(() => broker.close());
  const origins = new Set(['https://cats.example']);
  const service = createPusherService({ broker, logger: silentLogger, origins });
  const { port, close } = await serve([service], { logger: silentLogger, port: 0 });
  opened.defer(close);
  await vi.waitFor(
    async () => expect((await fetch(`http://127.0.0.1:${port}/readyz`)).status).toBe(200),
    SOON,
  );
  /** The body of the refusal, or `undefined`. */
  const connect = async (origin: string): Promise<string | undefined> => {
    const socket = new WebSocket(`ws://127.0.0.1:${port}/pusher`, { origin });
    opened.defer(() => socket.terminate());
    const refused = once(socket, 'unexpected-response').then(async ([, response]) => {
      expect(response.statusCode).toBe(403);
      return Buffer.concat(await response.toArray()).toString();
    });
    return Promise.race([refused, once(socket, 'open').then(() => undefined)]);
  };
  expect(await connect('https://cats.example')).toBeUndefined();
  expect(await connect(`http://127.0.0.1:${port}`)).toBeUndefined();
  expect(await connect('https://dogs.example')).toBe('{"error":"Pages of other sites may not listen here"}');
});
