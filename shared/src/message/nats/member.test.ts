import { expect, test } from 'vitest';
import { describeReal } from '../../testing/describe-real.ts';
import { natsFixture } from '../../testing/nats.ts';
import { LIMITS } from '../broker.contract.ts';
import { gate, messages, textOf, texts, until } from '../contract/samples.ts';

describeReal('nats', (address) => {
  test('handles a second batch that is full while the first one is handled', async () => {
    const fixture = await natsFixture(address, 1, { ...LIMITS, handlerTimeoutMs: 5000 });
    try {
      const broker = await fixture.open();
      const [topic] = fixture.topics as [string];
      const sent = messages(25);
      await broker.publish(topic, sent);
      const second = gate();
      const seen: string[] = [];
      let batches = 0;
      await broker.consume(
        [topic],
        'group',
        async (batch) => {
          // Without an overlap the first one would wait for ever.
          if (++batches === 1) await second.opened;
          else second.open();
          seen.push(...batch.map(textOf));
        },
        { maxBatch: 10, maxConcurrentBatches: 2 },
      );
      await until(() => expect(seen).toHaveLength(25));
      expect(seen.sort()).toEqual(texts(sent).sort());
    } finally {
      await fixture.close();
    }
  });
});
