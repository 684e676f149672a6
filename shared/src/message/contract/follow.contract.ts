import { expect } from 'vitest';
import type { Test } from '../broker.contract.ts';
import { follower, Inbox, message, messages, texts } from './samples.ts';

export function followContract(test: Test): void {
  test('gets every message from now on, as does every other', async ({ broker, open, topic }) => {
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

  test('is told the position that it follows from', async ({ broker, topic }) => {
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

  test('misses nothing after that position while messages pour in', async ({ broker, open, topic }) => {
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
        throw new Error('a bad day');
      },
    });
    await broker.publish(topic, messages(5));
    await inbox.has(5);
    expect(inbox.texts).toEqual(texts(messages(5)));
  });

  test('gets nothing after close, which may come twice', async ({ broker, topic }) => {
    const [gone, staying] = [await follower(broker, topic), await follower(broker, topic)];
    await broker.publish(topic, messages(1));
    await Promise.all([gone.inbox.has(1), staying.inbox.has(1)]);
    await Promise.all([gone.close(), gone.close()]);
    await gone.close();
    await broker.publish(topic, [message('late')]);
    await staying.inbox.hasText('late');
    expect(gone.inbox.texts).toEqual(['0']);
  });
}
