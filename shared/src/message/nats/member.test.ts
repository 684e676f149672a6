import { expect, test } from 'vitest';
import { describeReal } from '../../testing/describe-real.ts';
import { natsParts } from '../../testing/nats.ts';
import { gate, messages, textOf, texts, until } from '../contract/samples.ts';

describeReal('nats', (address) => {
  test('a second batch that is full is handled while the first one is', async () => {
    const parts = await natsParts(address, { topics: 1, handlerTimeoutMs: 5000, keepMessages: 4000 });
    try {
      const broker = await parts.open();
      const [topic] = parts.topics as [string];
      const sent = messages(25);
      await broker.publish(topic, sent);
      const second = gate();
      const seen: string[] = [];
      let batches = 0;
      await broker.consume(
        topic,
        'group',
        async (batch) => {
          // Without an overlap the first one would wait for ever.
          if (++batches === 1) await second.opened;
          else second.open();
          seen.push(...batch.map(textOf));
        },
        { maxBatch: 10, maxAtOnce: 2 },
      );
      await until(() => expect(seen).toHaveLength(25));
      expect(seen.sort()).toEqual(texts(sent).sort());
    } finally {
      await parts.close();
    }
  });
});
