import { randomBytes } from 'node:crypto';
import { expect } from 'vitest';
import type { Test } from '../broker.contract.ts';
import { BrokerUnavailableError, type Message } from '../capabilities.ts';
import { follower, member, message, messages, newest, positions, textOf, texts, until } from './samples.ts';

function idsOf(received: readonly Message[], key: string): string[] {
  return received.filter((one) => one.key === key).map(({ id }) => id);
}

export function publishContract(test: Test): void {
  test(
    'keeps id, payload and the metadata of an event as they are',
    async ({ broker, topic }) => {
      const sent = {
        id: 'an id: 100% grün 🐱',
        metadata: {
          traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
          'x-request-id': 'r-1',
          'ce-specversion': '1.0',
          'ce-type': 'größer 🐱',
          'ce-source': '/a b',
        },
        payload: Buffer.from(Array.from({ length: 256 }, (_, byte) => byte)),
      };
      const { inbox } = await member(broker, topic);
      await broker.publish(topic, [sent]);
      await inbox.has(1);
      const [got] = inbox.received;
      expect(got).toMatchObject({ id: sent.id, metadata: sent.metadata, attempt: 1 });
      expect(Buffer.from(got?.payload ?? []).equals(sent.payload)).toBe(true);
    },
    { needs: ['consumer'] },
  );

  test(
    'keeps other metadata, and adds none',
    async ({ broker, topic }) => {
      const metadata = {
        'x-request-id': ' leading, trailing ',
        unicode: 'größer 🐱',
        lines: 'one\r\ntwo: 2',
        percent: '100% %41',
        empty: '',
      };
      const { inbox } = await member(broker, topic);
      await broker.publish(topic, [message('with', metadata)]);
      await broker.publish(topic, [message('without')]);
      await inbox.has(2);
      const got = Object.fromEntries(inbox.received.map((one) => [textOf(one), one.metadata]));
      expect(got).toEqual({ with: metadata, without: {} });
    },
    { needs: ['consumer', 'metadata'] },
  );

  test(
    'carries a message without payload',
    async ({ broker, topic }) => {
      const { inbox } = await member(broker, topic);
      await broker.publish(topic, [message('')]);
      await inbox.has(1);
      expect(inbox.texts).toEqual(['']);
    },
    { needs: ['consumer'] },
  );

  test(
    'carries messages of 512 kB',
    async ({ broker, topic }) => {
      const large = [1, 2, 3].map((id) => ({ id: `${id}`, metadata: {}, payload: randomBytes(512 * 1024) }));
      const [{ inbox: ofMember }, { inbox: ofFollower }] = [
        await member(broker, topic),
        await follower(broker, topic),
      ];
      await broker.publish(topic, large);
      for (const inbox of [ofMember, ofFollower]) {
        await inbox.has(3);
        const same = inbox.received.map(({ payload }, index) => large[index]?.payload.equals(payload));
        expect(same).toEqual([true, true, true]);
      }
    },
    { needs: ['groups', 'follower'] },
  );

  test(
    'stores an id once',
    async ({ broker, topic }) => {
      const once = message('once');
      const { inbox } = await follower(broker, topic);
      await broker.publish(topic, [once, once]);
      await broker.publish(topic, [once]);
      await broker.publish(topic, [message('last')]);
      await inbox.hasText('last');
      expect(inbox.texts).toEqual(['once', 'last']);
    },
    { needs: ['follower', 'dedupe'] },
  );

  test(
    'has stored what it resolved for',
    async ({ broker, topic }) => {
      for (let round = 0; round < 10; round++) {
        const end = await newest(broker, topic);
        await broker.publish(topic, messages(3, `${round}-`));
        expect(texts(await broker.read([topic], end, 10))).toEqual([
          `${round}-0`,
          `${round}-1`,
          `${round}-2`,
        ]);
      }
    },
    { needs: ['log'] },
  );

  test(
    'keeps the order of a call that is larger than what may be in flight',
    async ({ broker, topic }) => {
      const sent = messages(3000);
      const { inbox } = await follower(broker, topic);
      await broker.publish(topic, sent);
      await inbox.has(sent.length);
      expect(inbox.texts).toEqual(texts(sent));
    },
    { needs: ['follower'] },
  );

  test(
    'keeps the order of each publisher while others publish',
    async ({ broker, open, topic }) => {
      const publishers = [broker, await open(), broker, await open()];
      const { inbox } = await follower(broker, topic);
      await Promise.all(
        publishers.map(async (publisher, name) => {
          for (let call = 0; call < 20; call++)
            await publisher.publish(topic, messages(5, `${name}:${call}.`));
        }),
      );
      await inbox.has(4 * 100);
      for (const name of publishers.keys()) {
        const own = inbox.texts.filter((text) => text.startsWith(`${name}:`));
        expect(own).toEqual(Array.from({ length: 100 }, (_, n) => `${name}:${Math.floor(n / 5)}.${n % 5}`));
      }
    },
    { needs: ['follower'] },
  );

  test(
    'delivers while messages are published: many publishers, groups and followers',
    async ({ broker, open, topic }) => {
      const brokers = [broker, await open()];
      const followers = await Promise.all(brokers.map((one) => follower(one, topic)));
      const members = await Promise.all(brokers.map((one, index) => member(one, topic, `group-${index}`)));
      const keys = ['a', 'b', 'c'];
      const sent = Array.from({ length: 10 }, (_, publisher) =>
        messages(51, `${publisher}-`).map((one, n) => ({ ...one, key: keys[n % 3] })),
      );
      await Promise.all(sent.map((list, index) => brokers[index % 2]?.publish(topic, list)));
      // Behind all others of their keys: what a follower gets twice has come by then.
      const last = keys.map((key) => ({ ...message(`last ${key}`), key }));
      await broker.publish(topic, last);

      const all = [...sent.flat(), ...last].map(({ id }) => id).sort();
      for (const { inbox } of followers) {
        for (const key of keys) await inbox.hasText(`last ${key}`);
        expect(inbox.received.map(({ id }) => id).sort()).toEqual(all);
        for (const key of keys) {
          expect(idsOf(inbox.received, key)).toEqual(idsOf(followers[0]?.inbox.received ?? [], key));
          for (const list of sent) {
            const own = list.filter((one) => one.key === key).map(({ id }) => id);
            expect(idsOf(inbox.received, key).filter((id) => own.includes(id))).toEqual(own);
          }
        }
      }
      for (const { inbox } of members) {
        // At least once: under load an ack may come too late.
        await until(() => expect([...new Set(inbox.received.map(({ id }) => id))].sort()).toEqual(all));
      }
    },
    { needs: ['groups', 'follower'] },
  );

  test(
    'gives all followers the one order of the log, from all publishers',
    async ({ broker, open, topic, otherTopic }) => {
      const brokers = [broker, await open()];
      const topics = [topic, otherTopic];
      const followers = await Promise.all(brokers.map((one) => follower(one, ...topics)));
      await Promise.all(
        Array.from({ length: 10 }, (_, n) =>
          brokers[n % 2]?.publish(topics[(n >> 1) % 2] ?? topic, messages(50)),
        ),
      );
      await broker.publish(topic, [message('last')]);
      const { from } = followers[0] ?? {};
      for (const { inbox } of followers) {
        await inbox.hasText('last');
        expect(positions(inbox.received)).toEqual(positions(await broker.read(topics, from, 1000)));
        expect(inbox.received).toHaveLength(501);
      }
    },
    { needs: ['follower', 'totalOrder'] },
  );

  test(
    'keeps topics apart',
    async ({ broker, topic, otherTopic }) => {
      const [here, there] = [await follower(broker, topic), await member(broker, otherTopic)];
      await broker.publish(topic, messages(3, 'here-'));
      await broker.publish(otherTopic, messages(3, 'there-'));
      await Promise.all([here.inbox.hasText('here-2'), there.inbox.hasText('there-2')]);
      expect(here.inbox.texts).toEqual(['here-0', 'here-1', 'here-2']);
      expect(there.inbox.texts).toEqual(['there-0', 'there-1', 'there-2']);
    },
    { needs: ['groups', 'follower'] },
  );

  test(
    'accepts an empty list',
    async ({ broker, topic }) => {
      await broker.publish(topic, []);
      expect(await broker.read([topic], undefined, 1)).toEqual([]);
    },
    { needs: ['log'] },
  );

  test(
    'rejects once the broker is closed, and closing twice is fine',
    async ({ open, topic }) => {
      const broker = await open();
      await broker.ping();
      await Promise.all([broker.close(), broker.close()]);
      await broker.close();
      await expect(broker.publish(topic, [message()])).rejects.toThrow(BrokerUnavailableError);
      await expect(broker.ping()).rejects.toThrow(BrokerUnavailableError);
      await expect(broker.history([topic])).rejects.toThrow(BrokerUnavailableError);
      await expect(broker.read([topic], undefined, 1)).rejects.toThrow(BrokerUnavailableError);
      await expect(member(broker, topic)).rejects.toThrow(BrokerUnavailableError);
      await expect(follower(broker, topic)).rejects.toThrow(BrokerUnavailableError);
    },
    { needs: ['groups', 'follower', 'totalOrder'] },
  );

  test(
    'stores what it has accepted when the broker is closed',
    async ({ broker, open, topic }) => {
      const { inbox } = await member(broker, topic);
      const closing = await open();
      if (closing === broker) return; // one broker for all: none is left to look
      await closing.ping();
      const published = closing.publish(topic, messages(100));
      await Promise.all([published, closing.close()]);
      await inbox.has(100);
    },
    { needs: ['groups'] },
  );
}
