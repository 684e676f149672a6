import { expect, test } from 'vitest';
import { z } from 'zod';
import { RefusedError } from '../message/capabilities.ts';
import { type TaggedEvent, taggedEvents } from './tagged-events.ts';

const schemas = {
  catSeen: z.object({ cat: z.string() }),
  catFed: z.object({ cat: z.string(), grams: z.number() }),
};
const catEvents = taggedEvents('event_type', schemas, ({ cat }) => cat);
const fed: TaggedEvent<typeof catEvents> = { type: 'catFed', cat: 'Tom', grams: 50 };

test('writes the type into a header and the rest into the payload, and reads it again', () => {
  const message = catEvents.write(fed);
  expect(message).toMatchObject({ key: 'Tom', metadata: { event_type: 'catFed' } });
  expect(JSON.parse(String(message.payload))).toEqual({ cat: 'Tom', grams: 50 });
  expect(catEvents.read(message)).toEqual(fed);
});

test.each([
  [{ event_type: 'dogSeen' }, '{}', 'events of the type dogSeen are not known here'],
  [{ event_type: 'toString' }, '{}', 'events of the type toString are not known here'],
  [{}, '{}', 'events of the type undefined are not known here'],
  [{ event_type: 'catSeen' }, '{}', /^catSeen: cat: /],
  [{ event_type: 'catSeen' }, '{', 'catSeen is not JSON'],
])('refuses what it does not know: %j %s', (metadata, payload, sentence) => {
  const read = () => catEvents.read({ metadata, payload: Buffer.from(payload) });
  expect(read).toThrow(RefusedError);
  expect(read).toThrow(sentence);
});
