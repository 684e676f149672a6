import { expect } from 'vitest';
import type { Test } from '../broker.contract.ts';
import { follower, Inbox, message, messages, texts } from './samples.ts';

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

  test('reports the position that it follows from', async ({ broker, topic }) => {
    await broker.publish(topic, messages(3));
    const { from, inbox } = await follower(broker, topic);
    expect(from).toBe((await broker.history(topic)).end);
    await broker.publish(topic, [message('next')]);
    await inbox.has(1);
    expect(inbox.received.map(({ seq }) => seq)).toEqual(
      (await broker.read(topic, from, 10)).map(({ seq }) => seq),
    );
    expect(inbox.received[0]?.seq).toBeGreaterThan(from);
  });

  test('misses nothing after that position under load', async ({ broker, open, topic }) => {
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
      const stored = await broker.read(topic, from, 100_000);
      expect(inbox.received.map(({ seq }) => seq)).toEqual(stored.map(({ seq }) => seq));
    }
  });

  test('goes on after its handler threw', async ({ broker, topic }) => {
    const inbox = new Inbox();
    await broker.follow(topic, {
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
}
