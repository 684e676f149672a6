import { expect } from 'vitest';
import type { Test } from '../broker.contract.ts';
import { follower, Inbox, member, message, messages, texts, until } from './samples.ts';

const BEGINNING = new Date(0);

export function eraseContract(test: Test): void {
  test('removes messages from the log, and from nothing else', async ({ broker, topic, otherTopic }) => {
    const [a, b, c] = [message('a'), message('b'), message('c')];
    await broker.publish(topic, [a, b, c]);
    await broker.publish(otherTopic, [b]);
    expect(await broker.erase(topic, new Set([b.id, 'unknown']), BEGINNING)).toBe(1);
    expect(texts(await broker.read([topic], undefined, 10))).toEqual(['a', 'c']);
    expect(texts(await broker.read([otherTopic], undefined, 10))).toEqual(['b']);
    expect(await broker.erase(topic, new Set([b.id]), BEGINNING)).toBe(0);
    await broker.publish(topic, [message('d')]);
    expect(texts(await broker.read([topic], undefined, 10))).toEqual(['a', 'c', 'd']);
  });

  test('may run twice at the same time', async ({ broker, open, topic }) => {
    const sent = messages(201);
    await broker.publish(topic, sent);
    // The first one stays: a server may answer differently for what it has before its oldest message.
    const ids = new Set(sent.slice(1).map(({ id }) => id));
    const erased = await Promise.all([broker, await open()].map((one) => one.erase(topic, ids, BEGINNING)));
    expect(erased.reduce((sum, count) => sum + count, 0)).toBe(200);
    expect(await broker.read([topic], undefined, 10)).toHaveLength(1);
  });

  test('removes what was stored since a time', async ({ broker, topic }) => {
    const sent = messages(3);
    await broker.publish(topic, sent);
    const ids = new Set(sent.map(({ id }) => id));
    expect(await broker.erase(topic, ids, new Date(Date.now() + 60_000))).toBe(0);
    expect(await broker.erase(topic, ids, new Date(Date.now() - 60_000))).toBe(3);
    expect(await broker.read([topic], undefined, 10)).toEqual([]);
  });

  test(
    'removes a dead letter, which cannot be retried then',
    async ({ broker, topic }) => {
      const [bad, other] = [message('bad'), message('other')];
      await broker.consume([topic], 'group', async (batch) => {
        for (const delivery of batch) await delivery.reject('no');
      });
      await broker.publish(topic, [bad, other]);
      const letters = async () =>
        (await broker.deadLetters.list()).filter(({ origin }) => origin.topic === topic);
      await until(async () => expect(await letters()).toHaveLength(2));
      expect(await broker.erase(topic, new Set([bad.id]), BEGINNING)).toBe(2);
      expect(texts(await letters())).toEqual(['other']);
    },
    { needs: ['groups', 'deadLetters'] },
  );

  test(
    'is not delivered to new groups, nor again to those that have nacked it',
    async ({ broker, topic }) => {
      const [bad, good] = [message('bad'), message('good')];
      const nacked = new Inbox();
      await broker.consume([topic], 'group', async (batch) => {
        for (const delivery of batch) {
          nacked.add(delivery);
          if (delivery.id === bad.id) delivery.nack(300);
        }
      });
      await broker.publish(topic, [bad, good]);
      await nacked.has(2);
      await broker.erase(topic, new Set([bad.id]), BEGINNING);
      const newcomer = await member(broker, topic, 'newcomer');
      await newcomer.inbox.hasText('good');
      expect(newcomer.inbox.texts).toEqual(['good']);
      // Longer than the nack's delay: the same delay, asked for later.
      const later = message('later');
      await broker.consume([topic], 'clock', async (batch) => {
        for (const delivery of batch) {
          if (delivery.id === later.id && delivery.attempt === 1) delivery.nack(600);
          else if (delivery.id === later.id) nacked.add(delivery);
        }
      });
      await broker.publish(topic, [later]);
      await until(() => expect(nacked.texts.filter((text) => text === 'later')).toHaveLength(2));
      expect(nacked.texts.filter((text) => text === 'bad')).toHaveLength(1);
    },
    { needs: ['groups', 'delayedNack', 'attempts'] },
  );

  test(
    'is no loss to followers, and leaves no gap behind them',
    async ({ broker, open, topic }) => {
      const { inbox, resets } = await follower(broker, topic);
      const sent = messages(3);
      await broker.publish(topic, sent);
      await inbox.has(3);
      const late = await follower(await open(), topic);
      await broker.erase(topic, new Set([sent[1]?.id ?? '']), BEGINNING);
      await broker.publish(topic, [message('next')]);
      await Promise.all([inbox.hasText('next'), late.inbox.hasText('next')]);
      expect(late.inbox.texts).toEqual(['next']);
      expect(resets() + late.resets()).toBe(0);
    },
    { needs: ['follower'] },
  );
}
