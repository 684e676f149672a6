import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'vitest';
import { LARGE_MESSAGE_BYTES, LIMITS, type Test } from '../broker.contract.ts';
import type { StoredMessage } from '../capabilities.ts';
import { follower, member, message, messages, positions, texts } from './samples.ts';

/** Comparable: the payload as text, because it may be any kind of `Uint8Array`. */
function comparable({ payload, ...rest }: StoredMessage) {
  return { ...rest, text: Buffer.from(payload).toString() };
}

export function logContract(test: Test): void {
  test('of a topic without messages is empty', async ({ broker, topic }) => {
    expect(await broker.read([topic], undefined, 10)).toEqual([]);
  });

  test('is read page by page, oldest first', async ({ broker, topic, otherTopic }) => {
    const sent = messages(25, 'n');
    for (const one of sent) {
      await broker.publish(topic, [one]);
      await broker.publish(otherTopic, [message('other')]);
    }
    const all: StoredMessage[] = [];
    for (;;) {
      const page = await broker.read([topic], all.at(-1)?.position, 10);
      expect(page.length).toBe(Math.min(10, 25 - all.length));
      if (page.length === 0) break;
      all.push(...page);
    }
    expect(all.map(({ id }) => id)).toEqual(sent.map(({ id }) => id));
  });

  test(
    'has the same messages at the same positions as followers and groups get',
    async ({ broker, topic }) => {
      const [ofFollower, ofMember] = [await follower(broker, topic), await member(broker, topic)];
      await broker.publish(topic, [{ ...message('one', { a: 'b' }), key: 'k' }, ...messages(5)]);
      const stored = await broker.read([topic], ofFollower.from, 10);
      await Promise.all([ofFollower.inbox.has(6), ofMember.inbox.has(6)]);
      expect(ofFollower.inbox.received.map(comparable)).toEqual(stored.map(comparable));
      expect(positions(ofMember.inbox.received)).toEqual(positions(stored));
    },
    { needs: ['follower', 'groups'] },
  );

  test(
    'is replayed from a time on',
    async ({ broker, topic }) => {
      await broker.publish(topic, messages(3, 'before-'));
      // The times of a broker have milliseconds.
      await sleep(20);
      const since = new Date();
      await sleep(20);
      expect(await broker.read([topic], await broker.positionAt([topic], since), 10)).toEqual([]);
      await broker.publish(topic, messages(3, 'after-'));
      const replayed = await broker.read([topic], await broker.positionAt([topic], since), 10);
      expect(texts(replayed)).toEqual(['after-0', 'after-1', 'after-2']);
      const all = await broker.read([topic], await broker.positionAt([topic], new Date(0)), 10);
      expect(all).toHaveLength(6);
    },
    { needs: ['replaySince'] },
  );

  test(
    'has a range of numbers, which are positions too',
    async ({ broker, topic }) => {
      await broker.publish(topic, messages(3));
      const { start, end } = await broker.history([topic]);
      const [first, , third] = await broker.read([topic], broker.positionOf(start), 10);
      expect(first?.seq).toBeGreaterThan(start);
      expect(third?.seq).toBeLessThanOrEqual(end);
      expect(Number.isSafeInteger(end)).toBe(true);
      expect(broker.seqOf(third?.position ?? '')).toBe(third?.seq);
      expect(broker.positionOf(third?.seq ?? 0)).toBe(third?.position);
    },
    { needs: ['totalOrder'] },
  );

  test(
    'starts with the oldest messages after a number of an older history',
    async ({ broker, topic }) => {
      await broker.publish(topic, messages(3));
      for (const seq of [0, 12_345])
        expect(texts(await broker.read([topic], broker.positionOf(seq), 2))).toEqual(['0', '1']);
    },
    { needs: ['totalOrder'] },
  );

  test(
    'is empty after a number in the future',
    async ({ broker, topic }) => {
      await broker.publish(topic, messages(3));
      const { end } = await broker.history([topic]);
      expect(await broker.read([topic], broker.positionOf(end + 1_000_000), 10)).toEqual([]);
    },
    { needs: ['totalOrder'] },
  );

  test(
    'keeps the newest when it is full',
    async ({ broker, topic }) => {
      const before = await broker.history([topic]);
      const text = 'x'.repeat(LARGE_MESSAGE_BYTES);
      for (let sent = 0; sent < 2 * LIMITS.keepMessages; sent += 500) {
        await broker.publish(
          topic,
          Array.from({ length: 500 }, () => message(text)),
        );
      }
      const { start, end } = await broker.history([topic]);
      expect(start).toBeGreaterThan(before.start);
      expect(end - before.end).toBe(2 * LIMITS.keepMessages);
      const kept = await broker.read([topic], broker.positionOf(before.start), 100_000);
      expect(kept[0]?.seq).toBe(start + 1);
      expect(kept.at(-1)?.seq).toBe(end);
      expect(kept.length).toBe(end - start);
      const newcomer = await member(broker, topic);
      await newcomer.inbox.has(kept.length);
      expect(newcomer.inbox.received[0]?.position).toBe(kept[0]?.position);
    },
    { needs: ['totalOrder', 'groups'], alone: true },
  );
}
