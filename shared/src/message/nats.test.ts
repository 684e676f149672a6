import { expect, test } from 'vitest';
import { describeReal } from '../testing/describe-real.ts';
import { natsFixture } from '../testing/nats.ts';
import { ALL_FEATURES, brokerContract, LIMITS } from './broker.contract.ts';
import { messages, until } from './contract/samples.ts';

describeReal('nats', (address) => {
  brokerContract(ALL_FEATURES, (topicCount, limits) => natsFixture(address, topicCount, limits));

  test('reports how much of each stream is used', async () => {
    const { topics, open, close } = await natsFixture(address, 2, LIMITS);
    const [topic = ''] = topics;
    try {
      const broker = await open();
      await broker.publish(topic, messages(1));
      // Each stream is created on its own; the published message waited for one of them.
      await until(async () => expect(Object.keys(await broker.storage())).toHaveLength(2));
      const storage = await broker.storage();
      expect(storage[topic.replace('.', '-')]).toEqual({
        bytes: expect.toSatisfy((bytes) => bytes > 0),
        limitBytes: expect.toSatisfy((bytes) => bytes > LIMITS.keepMessages),
      });
    } finally {
      await close();
    }
  });
});
