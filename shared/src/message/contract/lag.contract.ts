import { expect } from 'vitest';
import type { Test } from '../broker.contract.ts';
import { gate, messages, textOf, until } from './samples.ts';

/** The promises of `LagReader`. */
export function lagContract(test: Test): void {
  test(
    'is what the group has not settled, and how old that is',
    async ({ broker, topic, otherTopic }) => {
      await broker.publish(topic, messages(3));
      await broker.publish(otherTopic, messages(1));
      const lag = () => broker.lag([topic], 'group');
      const { open, opened } = gate();
      await broker.consume(
        [topic],
        'group',
        async (batch) => {
          for (const delivery of batch) if (textOf(delivery) !== '2') delivery.ack();
          if (batch.some((delivery) => textOf(delivery) === '2')) await opened;
        },
        { maxBatch: 1, maxConcurrentBatches: 3, eager: true },
      );
      await until(async () => expect(await lag()).toMatchObject({ messages: 1 }));
      const before = await lag();
      await until(async () => expect((await lag()).oldestAgeMs).toBeGreaterThan(before.oldestAgeMs));
      open();
      await until(async () => expect(await lag()).toEqual({ messages: 0, oldestAgeMs: 0 }));
    },
    { limits: { handlerTimeoutMs: 60_000 } },
  );

  test('has what waits for another delivery', async ({ broker, topic }) => {
    await broker.consume([topic], 'group', async (batch) => {
      for (const delivery of batch) delivery.nack(60_000);
    });
    await broker.publish(topic, messages(2));
    await until(async () =>
      expect(await broker.lag([topic], 'group')).toEqual({ messages: 2, oldestAgeMs: expect.any(Number) }),
    );
  });

  test('is everything kept for a group that does not exist yet', async ({ broker, topic }) => {
    await broker.publish(topic, messages(2));
    expect(await broker.lag([topic], 'new')).toEqual({ messages: 2, oldestAgeMs: expect.any(Number) });
  });
}
