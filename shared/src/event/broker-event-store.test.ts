import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { QueueOverflowError } from '../async/async-queue.ts';
import { createIdGenerator } from '../meow/meow-id.ts';
import type { Broker } from '../message/capabilities.ts';
import { createInProcessBroker } from '../message/in-process.ts';
import { createLogger } from '../process/logger.ts';
import { createEventStore } from './broker-event-store.ts';
import type { EventStore, MeowCreated } from './event-store.ts';
import { meowCreated, publishMeowsCreated } from './meow-events.ts';

const newMeowId = createIdGenerator();
const newMeow = () => ({ ...newMeowId(), body: 'Tom &amp; Jerry' });
let broker: Broker;
let events: EventStore;

beforeEach(() => {
  broker = createInProcessBroker();
  events = createEventStore(broker, createLogger('test', 'silent'));
});
afterEach(() => events.close());

const publishUnparsable = () =>
  broker.publish(meowCreated.name, [{ id: 'broken', metadata: {}, payload: Buffer.from('{') }]);

test('the callback gets an event as it was published, with its headers', async () => {
  const seen: MeowCreated[] = [];
  await events.onMeowCreated((event) => seen.push(event));
  const meow = newMeow();
  await events.publishMeowCreated(meow, { 'x-request-id': 'r1' });
  await vi.waitFor(() => expect(seen).toMatchObject([{ meow, headers: { 'x-request-id': 'r1' } }]));
});

test('the channel yields every event in order, and can be left', async () => {
  const meows = [newMeow(), newMeow(), newMeow()];
  const channel = events.subscribeMeowCreated();
  await publishMeowsCreated(broker, meows);
  const seen: string[] = [];
  for await (const { meow } of channel) {
    seen.push(meow.id);
    if (seen.length === 3) break;
  }
  expect(seen).toEqual(meows.map(({ id }) => id));
});

test('a channel that is not read throws instead of growing without limit', async () => {
  const channel = events.subscribeMeowCreated(2);
  await publishMeowsCreated(broker, [newMeow(), newMeow(), newMeow()]);
  await expect(async () => {
    for await (const _ of channel)
      await vi.waitFor(async () => expect((await broker.history([meowCreated.name])).end).toBeGreaterThan(0));
  }).rejects.toThrow(QueueOverflowError);
});

test('an event is published as the JSON of the specification, under the id of the meow', async () => {
  const meow = newMeow();
  await events.publishMeowCreated(meow);
  const [message] = await broker.read([meowCreated.name], undefined, 1);
  expect(message?.id).toBe(meow.id);
  expect(JSON.parse(Buffer.from(message?.payload ?? []).toString())).toEqual({
    id: meow.id,
    body: meow.body,
    created_at: meow.createdAt,
  });
});

test('an event that cannot be read is passed over', async () => {
  const seen: string[] = [];
  await events.onMeowCreated(({ meow }) => seen.push(meow.id));
  const meow = newMeow();
  await publishUnparsable();
  await events.publishMeowCreated(meow);
  await vi.waitFor(() => expect(seen).toEqual([meow.id]));
});
