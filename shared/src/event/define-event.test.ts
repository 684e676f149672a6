import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import type { Message } from '../message/capabilities.ts';
import { defineEvent, type EventType, UnreadableEventError } from './define-event.ts';

const source = '/test';
const key = ({ cat }: { cat: string }) => cat;
const first = defineEvent('cat.seen', { source, key, schema: z.object({ cat: z.string() }) });
/** Version 2 calls the place what version 1 did not have. */
const second = defineEvent('cat.seen', {
  source,
  key,
  version: 2,
  schema: z.object({ cat: z.string(), place: z.string() }),
  earlier: {
    1: {
      schema: z.object({ cat: z.string() }),
      upgrade: (data) => ({ ...(data as { cat: string }), place: 'unknown' }),
    },
  },
});
const third = defineEvent('cat.seen', { source, key, version: 3, schema: z.object({ cat: z.string() }) });

test('writes the attributes of CloudEvents 1.0 next to the headers of the caller', () => {
  const event = first.create(
    { cat: 'tom' },
    { id: '1', time: '2026-11-25T18:00:00Z', headers: { traceparent: 't' } },
  );
  expect(event).toEqual({
    topic: 'cat.seen',
    id: '1',
    key: 'tom',
    metadata: {
      'ce-specversion': '1.0',
      'ce-type': 'cat.seen',
      'ce-source': '/test',
      'ce-time': '2026-11-25T18:00:00Z',
      traceparent: 't',
    },
    payload: Buffer.from('{"cat":"tom"}'),
  });
});

test('reads what it wrote', () => {
  expect(second.read(second.create({ cat: 'tom', place: 'roof' }, { id: '1' }))).toEqual({
    cat: 'tom',
    place: 'roof',
  });
});

test('reads an earlier version as the present one', () => {
  expect(second.read(first.create({ cat: 'tom' }, { id: '1' }))).toEqual({ cat: 'tom', place: 'unknown' });
});

test('ignores fields that a later writer of the same version has added', () => {
  const wider = defineEvent('cat.seen', {
    source,
    key,
    schema: z.object({ cat: z.string(), mood: z.string() }),
  });
  expect(first.read(wider.create({ cat: 'tom', mood: 'good' }, { id: '1' }))).toEqual({ cat: 'tom' });
});

describe('refuses with a sentence', () => {
  const payload = (text: string): Pick<Message, 'metadata' | 'payload'> => ({
    metadata: {},
    payload: Buffer.from(text),
  });
  test.each<[string, EventType, ReturnType<typeof payload>, string]>([
    [
      'a later version',
      second,
      third.create({ cat: 'tom' }, { id: '1' }),
      'cat.seen of version 3 is not known here, only 1, 2',
    ],
    [
      'a version that is no number',
      first,
      { ...payload('{}'), metadata: { 'ce-dataversion': 'x' } },
      'cat.seen of version x is not known here, only 1',
    ],
    ['what is not JSON', first, payload('{'), 'cat.seen is not JSON'],
    [
      'a missing field',
      first,
      payload('{}'),
      'cat.seen: cat: Invalid input: expected string, received undefined',
    ],
    [
      'another kind of value',
      first,
      payload('7'),
      'cat.seen: the data: Invalid input: expected object, received number',
    ],
  ])('%s', (_, type, message, sentence) => {
    expect(() => type.read(message)).toThrow(new UnreadableEventError(sentence));
  });
});
