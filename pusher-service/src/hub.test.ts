import type { MeowCreated } from '@meower/shared/event/store.ts';
import { createIdGenerator } from '@meower/shared/schema/meow-id.ts';
import { beforeEach, expect, test } from 'vitest';
import { Hub } from './hub.ts';
import { RecordingClient } from './testing/recording-client.ts';

const newMeowId = createIdGenerator();
const event = (seq: number) => ({ meow: { ...newMeowId(), body: 'meow' }, headers: {}, seq }) as MeowCreated;
const turnEnds = () => new Promise(setImmediate);

/** The positions in each write to the client. */
const written = () =>
  client.writes.map((frames) => frames.map((frame) => ('seq' in frame ? frame.seq : 'refetch')));

let hub: Hub;
let client: RecordingClient;

beforeEach(() => {
  hub = new Hub(10);
  hub.startAfter(0);
  client = new RecordingClient();
});

test('the frames of one turn go out in one write', async () => {
  hub.join(client.asClient());
  for (const seq of [1, 2, 3]) hub.broadcast(event(seq));
  await turnEnds();
  hub.broadcast(event(4));
  await turnEnds();
  expect(written()).toEqual([[1, 2, 3], [4]]);
});

test('a client that resumes in the turn of a broadcast receives it once', async () => {
  hub.broadcast(event(1));
  hub.broadcast(event(2));
  hub.resume(client.asClient(), 1);
  hub.broadcast(event(3));
  await turnEnds();
  expect(written().flat()).toEqual([2, 3]);
});

test('a client that joins in the turn of a broadcast receives only later ones', async () => {
  hub.broadcast(event(1));
  hub.join(client.asClient());
  hub.broadcast(event(2));
  await turnEnds();
  expect(written().flat()).toEqual([2]);
});
