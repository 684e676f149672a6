import { expect } from 'vitest';
import { LARGE_MESSAGE_BYTES, LIMITS, type Test } from '../broker.contract.ts';
import type { SequencedMessage } from '../message.ts';
import { follower, member, message, messages, texts } from './samples.ts';

/** Comparable: the payload as text, because it may be any kind of `Uint8Array`. */
function comparable({ id, metadata, payload, seq }: SequencedMessage) {
  return { id, metadata, seq, text: Buffer.from(payload).toString() };
}

export function historyContract(test: Test): void {
  test('of a topic without messages is empty', async ({ broker, topic }) => {
    const { start, end } = await broker.history(topic);
    expect(end).toBe(start);
    expect(Number.isSafeInteger(end)).toBe(true);
    expect(await broker.read(topic, start, 10)).toEqual([]);
  });

  test('is read page by page, oldest first', async ({ broker, topic }) => {
    const sent = messages(25, 'n');
    await broker.publish(topic, sent);
    const { start, end } = await broker.history(topic);
    const all: SequencedMessage[] = [];
    for (let after = start; after < end; after = all.at(-1)?.seq ?? end) {
      const page = await broker.read(topic, after, 10);
      expect(page.length).toBe(Math.min(10, 25 - all.length));
      all.push(...page);
    }
    expect(all.map(({ id }) => id)).toEqual(sent.map(({ id }) => id));
    expect(all.at(-1)?.seq).toBe(end);
    expect(await broker.read(topic, end, 10)).toEqual([]);
  });

  test('has the same messages at the same positions as followers and groups get', async ({
    broker,
    topic,
  }) => {
    const [ofFollower, ofMember] = [await follower(broker, topic), await member(broker, topic)];
    await broker.publish(topic, [message('with metadata', { a: 'b' }), ...messages(5)]);
    const stored = await broker.read(topic, ofFollower.from, 10);
    await Promise.all([ofFollower.inbox.has(6), ofMember.inbox.has(6)]);
    expect(ofFollower.inbox.received.map(comparable)).toEqual(stored.map(comparable));
    expect(ofMember.inbox.received.map(({ seq }) => seq)).toEqual(stored.map(({ seq }) => seq));
  });

  test('starts with the oldest messages after a position of an older history', async ({ broker, topic }) => {
    await broker.publish(topic, messages(3));
    expect(texts(await broker.read(topic, 0, 2))).toEqual(['0', '1']);
    expect(texts(await broker.read(topic, 12_345, 2))).toEqual(['0', '1']);
  });

  test('is empty after a position in the future', async ({ broker, topic }) => {
    await broker.publish(topic, messages(3));
    const { end } = await broker.history(topic);
    expect(await broker.read(topic, end + 1_000_000, 10)).toEqual([]);
  });

  test('keeps the newest when it is full', async ({ broker, topic }) => {
    const before = await broker.history(topic);
    const text = 'x'.repeat(LARGE_MESSAGE_BYTES);
    for (let sent = 0; sent < 2 * LIMITS.keepMessages; sent += 500) {
      await broker.publish(
        topic,
        Array.from({ length: 500 }, () => message(text)),
      );
    }
    const { start, end } = await broker.history(topic);
    expect(start).toBeGreaterThan(before.start);
    expect(end - before.end).toBe(2 * LIMITS.keepMessages);
    const kept = await broker.read(topic, before.start, 100_000);
    expect(kept[0]?.seq).toBe(start + 1);
    expect(kept.at(-1)?.seq).toBe(end);
    expect(kept.length).toBe(end - start);
    const newcomer = await member(broker, topic);
    await newcomer.inbox.has(kept.length);
    expect(newcomer.inbox.received[0]?.seq).toBe(start + 1);
  });
}
