import { expect } from 'vitest';
import type { Test } from '../broker.contract.ts';
import { follower, Inbox, message, messages, positions, texts } from './samples.ts';

export function followContract(test: Test): void {
  test('gets every message from now on, like every other follower', async ({ broker, open, topic }) => {
    await broker.publish(topic, messages(10, 'before-'));
    const brokers = [broker, await open(), broker, await open(), broker];
    const followers = await Promise.all(brokers.map((one) => follower(one, topic)));
    const sent = messages(200);
    await broker.publish(topic, sent);
    for (const { inbox, resets } of followers) {
      await inbox.has(200);
      expect(inbox.texts).toEqual(texts(sent));
      expect(resets()).toBe(0);
    }
  });

  test(
    'reports the position that it follows from',
    async ({ broker, topic }) => {
      await broker.publish(topic, messages(3));
      const { from, inbox } = await follower(broker, topic);
      await broker.publish(topic, [message('next')]);
      await inbox.has(1);
      expect(texts(await broker.read([topic], from, 10))).toEqual(['next']);
      expect(positions(inbox.received)).toEqual(positions(await broker.read([topic], from, 10)));
    },
    { needs: ['log'] },
  );

  test(
    'misses nothing after that position under load',
    async ({ broker, open, topic }) => {
      let publishing = true;
      const publisher = (async () => {
        for (let call = 0; publishing; call++) await broker.publish(topic, messages(3, `${call}.`));
      })();
      const brokers = [broker, await open()];
      const followers = [];
      for (let round = 0; round < 10; round++) {
        followers.push(await follower(brokers[round % 2] as typeof broker, topic));
      }
      publishing = false;
      await publisher;
      await broker.publish(topic, [message('last')]);
      for (const { from, inbox } of followers) {
        await inbox.hasText('last');
        const stored = await broker.read([topic], from, 100_000);
        expect(positions(inbox.received)).toEqual(positions(stored));
      }
    },
    { needs: ['log'] },
  );

  test('goes on after its handler threw', async ({ broker, topic }) => {
    const inbox = new Inbox();
    await broker.follow([topic], {
      onReset: () => {},
      onMessage: (one) => {
        inbox.add(one);
        throw new Error('the handler fails');
      },
    });
    await broker.publish(topic, messages(5));
    await inbox.has(5);
    expect(inbox.texts).toEqual(texts(messages(5)));
  });

  test('gets nothing after close, which may be called twice', async ({ broker, topic }) => {
    const [closed, open] = [await follower(broker, topic), await follower(broker, topic)];
    await broker.publish(topic, messages(1));
    await Promise.all([closed.inbox.has(1), open.inbox.has(1)]);
    await Promise.all([closed.close(), closed.close()]);
    await closed.close();
    await broker.publish(topic, [message('late')]);
    await open.inbox.hasText('late');
    expect(closed.inbox.texts).toEqual(['0']);
  });

  test(
    'gets the messages of several topics in one order',
    async ({ broker, topic, otherTopic }) => {
      const { inbox, resets } = await follower(broker, topic, otherTopic);
      for (let call = 0; call < 10; call++) {
        await broker.publish(call % 2 ? otherTopic : topic, [message(`${call}`)]);
      }
      await inbox.has(10);
      expect(inbox.texts).toEqual(Array.from({ length: 10 }, (_, call) => String(call)));
      const seqs = (await broker.read([topic, otherTopic], undefined, 20)).map(({ seq }) => seq);
      expect(inbox.received.map(({ seq }) => seq)).toEqual(seqs);
      expect(seqs).toEqual(seqs.toSorted((a, b) => a - b));
      expect(resets()).toBe(0);
    },
    { needs: ['totalOrder'] },
  );
}
