import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createIdGenerator } from '../meow/meow-id.ts';
import type { Broker, Delivery } from '../message/capabilities.ts';
import { createInProcessBroker } from '../message/in-process.ts';
import { silentLogger } from '../testing/silent-logger.ts';
import { consumeEvents, followEvents, type Received } from './consume-events.ts';
import { createdEvent, deletedEvent, meowCreated, meowDeleted } from './meow-events.ts';

const newMeowId = createIdGenerator();
const types = [meowCreated, meowDeleted];
const broken = { id: 'broken', metadata: {}, payload: Buffer.from('{') };
let broker: Broker;

beforeEach(() => {
  broker = createInProcessBroker({ logger: silentLogger });
});
afterEach(() => broker.close());

async function publishBothTypes(): Promise<string> {
  const meow = { ...newMeowId(), body: 'meow' };
  await broker.publish(meowCreated.name, [broken, createdEvent(meow, { 'x-request-id': 'r' })]);
  await broker.publish(meowDeleted.name, [deletedEvent(meow.id, {})]);
  return meow.id;
}

test('a group gets the data of each of its types, with the message', async () => {
  const seen: Received<(typeof types)[number], Delivery>[] = [];
  await consumeEvents(broker, types, 'group', async (batch) => void seen.push(...batch));
  const id = await publishBothTypes();
  await vi.waitFor(() => expect(seen).toHaveLength(2));
  expect(seen).toMatchObject([
    {
      name: 'meow.created',
      data: { id, body: 'meow' },
      message: { id, key: id, metadata: { 'x-request-id': 'r' }, attempt: 1 },
    },
    { name: 'meow.deleted', data: { id }, message: { key: id } },
  ]);
});

test('an event that cannot be read becomes a dead letter of the group and does not block others', async () => {
  const seen: string[] = [];
  await consumeEvents(broker, [meowCreated], 'group', async (batch) => {
    seen.push(...batch.map(({ data }) => data.id));
  });
  const id = await publishBothTypes();
  await vi.waitFor(() => expect(seen).toEqual([id]));
  expect(await broker.deadLetters.list()).toMatchObject([
    { id: 'broken', group: 'group', reason: 'meow.created is not JSON', origin: { topic: meowCreated.name } },
  ]);
});

test('a follower passes over an event that cannot be read', async () => {
  const seen: string[] = [];
  const onEvent = ({ name, data }: { name: string; data: { id: string } }) => seen.push(`${name} ${data.id}`);
  await followEvents(broker, types, { onEvent, onReset: () => undefined }, silentLogger);
  const id = await publishBothTypes();
  await vi.waitFor(() => expect(seen).toEqual([`meow.created ${id}`, `meow.deleted ${id}`]));
});
