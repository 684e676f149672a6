import {
  deletedEvent,
  meowCreated,
  meowCreatedLate,
  meowDeleted,
  publishMeowsCreated,
} from '@meower/shared/event/meow-events.ts';
import { createIdGenerator } from '@meower/shared/meow/meow-id.ts';
import type { Broker } from '@meower/shared/message/capabilities.ts';
import { createInProcessBroker } from '@meower/shared/message/in-process.ts';
import { createLogger } from '@meower/shared/process/logger.ts';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { startEraser } from './eraser.ts';

const logger = createLogger('test', 'silent');
const newMeowId = createIdGenerator();
let broker: Broker;
beforeEach(() => {
  broker = createInProcessBroker({ logger });
});
afterEach(() => broker.close());

test('removes the events and dead letters of deleted meows from the broker, and no others', async () => {
  const [gone, stays] = [
    { ...newMeowId(), body: 'gone' },
    { ...newMeowId(), body: 'stays' },
  ];
  await publishMeowsCreated(broker, [gone, stays]);
  await broker.consume([meowCreated.name], 'group', async (batch) => {
    await Promise.all(batch.map((delivery) => delivery.reject('no')));
  });
  await vi.waitFor(async () => expect(await broker.deadLetters.count()).toBe(2));
  await startEraser(broker, { findDeleted: async () => new Set() }, logger);
  await broker.publish(meowDeleted.name, [deletedEvent(gone.id, {})]);
  const topics = [meowCreated.name, meowDeleted.name];
  await vi.waitFor(async () => {
    const left = await broker.read(topics, undefined, 10);
    expect(left.map(({ id }) => id)).toEqual([stays.id, `${gone.id}.deleted`]);
  });
  expect((await broker.deadLetters.list()).map(({ id }) => id)).toEqual([stays.id]);
});

test('erases late events of meows that the database knows to be deleted, and of no others', async () => {
  const [gone, stays] = [
    { ...newMeowId(), body: 'gone' },
    { ...newMeowId(), body: 'stays' },
  ];
  const findDeleted = async (ids: readonly string[]) => new Set(ids.filter((id) => id === gone.id));
  await startEraser(broker, { findDeleted }, logger);
  await publishMeowsCreated(broker, [gone, stays]);
  const late = meowCreatedLate.create({ ids: [gone.id, stays.id] }, { id: 'late' });
  await broker.publish(meowCreatedLate.name, [late]);
  await vi.waitFor(async () => {
    const left = await broker.read([meowCreated.name], undefined, 10);
    expect(left.map(({ id }) => id)).toEqual([stays.id]);
  });
});
