import { randomUUID } from 'node:crypto';
import { afterEach, expect, test, vi } from 'vitest';
import { createApp } from '../../http/express-app.ts';
import { listen } from '../../http/server.ts';
import { silentLogger } from '../../testing/silent-logger.ts';
import { BrokerUnavailableError, type Delivery } from '../capabilities.ts';
import { createHttpBroker } from './http-broker.ts';

const logger = silentLogger;
const common = { topic: 'happened', path: '/events', source: '/test' };
const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

async function subscriber(handle: (delivery: Delivery) => void) {
  const broker = createHttpBroker({ ...common, subscribers: [], logger });
  const app = createApp({ logger, routes: [broker.routes], checks: [] });
  const server = await listen(app, { port: 0, host: '127.0.0.1' });
  const subscription = await broker.consume(['happened'], 'group', async (batch) => batch.forEach(handle));
  closing.push(
    () => server.close(),
    () => subscription.close(),
  );
  return `http://127.0.0.1:${server.port}`;
}
const publisherTo = (...subscribers: string[]) => createHttpBroker({ ...common, subscribers, logger });
const message = () => ({ id: randomUUID(), key: 'k', metadata: {}, payload: Buffer.from('{}') });

test('each subscriber gets each message, in order', async () => {
  const received: string[][] = [[], []];
  const urls = await Promise.all(received.map((ids) => subscriber(({ id }) => ids.push(id))));
  const messages = [message(), message(), message()];
  await publisherTo(...urls).publish('happened', messages);
  expect(received).toEqual([messages.map(({ id }) => id), messages.map(({ id }) => id)]);
});

test('rejects while a subscriber is down; the others get the message again with the next attempt', async () => {
  const ids: string[] = [];
  const url = await subscriber(({ id }) => ids.push(id));
  const broker = publisherTo(url, 'http://127.0.0.1:1');
  const one = message();
  for (let attempt = 0; attempt < 2; attempt++)
    await expect(broker.publish('happened', [one])).rejects.toThrow(BrokerUnavailableError);
  expect(ids).toEqual([one.id, one.id]);
});

test('a subscriber that refuses a message holds up no other, and the refusal is logged', async () => {
  const error = vi.spyOn(logger, 'error');
  const handle = vi.fn<(delivery: Delivery) => void>();
  const refusing = await subscriber((delivery) => void delivery.reject('never'));
  await publisherTo(refusing, await subscriber(handle)).publish('happened', [message()]);
  expect(handle).toHaveBeenCalledOnce();
  expect(error).toHaveBeenCalledOnce();
  error.mockRestore();
});

test('without a subscriber nothing is published', async () => {
  await expect(publisherTo().publish('happened', [message()])).rejects.toThrow('there is no subscriber');
});
