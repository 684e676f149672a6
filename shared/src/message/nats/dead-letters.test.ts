import { expect, test } from 'vitest';
import { describeReal } from '../../testing/describe-real.ts';
import { natsFixture } from '../../testing/nats.ts';
import { LARGE_MESSAGE_BYTES } from '../broker.contract.ts';
import { messages, until } from '../contract/samples.ts';

/** More in one page than the server sends in answer to one request, which is 64 MiB. */
const LETTERS = 80;
const PAYLOAD = Buffer.alloc(1_000_000);

describeReal('nats', (address) => {
  test('all dead letters are listed, although the server cuts a page that is too large', async () => {
    const kept = Math.ceil((2 * LETTERS * PAYLOAD.length) / LARGE_MESSAGE_BYTES);
    const fixture = await natsFixture(address, 1, {
      handlerTimeoutMs: 30_000,
      keepMessages: kept,
      keepDeadLetters: kept,
    });
    try {
      const broker = await fixture.open();
      const [topic] = fixture.topics as [string];
      await broker.consume([topic], 'group', async (batch) => {
        for (const delivery of batch) await delivery.reject('too large to read');
      });
      for (const message of messages(LETTERS))
        await broker.publish(topic, [{ ...message, payload: PAYLOAD }]);
      await until(async () => expect(await broker.deadLetters.count()).toBe(LETTERS));
      expect(await broker.deadLetters.list()).toHaveLength(LETTERS);
    } finally {
      await fixture.close();
    }
  });
});
