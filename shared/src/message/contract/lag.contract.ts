import { expect, it, vi } from 'vitest';
import type { BrokerFixture } from '../broker.contract.ts';
import type { Broker, LagReader } from '../capabilities.ts';
import { messages } from './samples.ts';

interface LagFixture extends Omit<BrokerFixture, 'open'> {
  open(): Promise<Broker & LagReader>;
}

/** The promises of `LagReader`. */
export function lagContract(setUp: () => Promise<LagFixture>): void {
  it('reports what a group has not settled, and how old that is', async () => {
    const { topics, open, close } = await setUp();
    const [topic = '', other = ''] = topics;
    try {
      const broker = await open();
      await broker.publish(topic, messages(3));
      await broker.publish(other, messages(1));
      const lagOf = (of: string[]) => broker.lag(of, 'group');
      const opening = Promise.withResolvers<void>();
      await broker.consume([topic], 'group', async ([first, second, third]) => {
        second?.ack();
        third?.ack();
        await opening.promise;
        first?.ack();
      });
      await vi.waitFor(async () => expect(await lagOf([topic])).toMatchObject({ messages: 1 }), 20_000);
      const before = await lagOf([topic]);
      await vi.waitFor(
        async () => expect((await lagOf([topic])).oldestAgeMs).toBeGreaterThan(before.oldestAgeMs),
        20_000,
      );
      opening.resolve();
      await vi.waitFor(
        async () => expect(await lagOf([topic])).toEqual({ messages: 0, oldestAgeMs: 0 }),
        20_000,
      );
    } finally {
      await close();
    }
  });

  it('counts what waits for another delivery', async () => {
    const { topics, open, close } = await setUp();
    const [topic = ''] = topics;
    try {
      const broker = await open();
      await broker.consume([topic], 'group', async (batch) => {
        for (const delivery of batch) delivery.nack(60_000);
      });
      await broker.publish(topic, messages(2));
      await vi.waitFor(async () => {
        expect(await broker.lag([topic], 'group')).toEqual({ messages: 2, oldestAgeMs: expect.any(Number) });
      }, 20_000);
    } finally {
      await close();
    }
  });

  it('has settled nothing as a group that does not exist yet', async () => {
    const { topics, open, close } = await setUp();
    const [topic = ''] = topics;
    try {
      const broker = await open();
      await broker.publish(topic, messages(2));
      expect(await broker.lag([topic], 'new')).toMatchObject({ messages: 2 });
    } finally {
      await close();
    }
  });
}
