import { beforeEach, expect, test } from 'vitest';
import { Hub } from './hub.ts';
import { RecordingClient } from './testing/recording-client.ts';
import { sampleEvent } from './testing/sample-event.ts';

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
  for (const seq of [1, 2, 3]) hub.broadcast(sampleEvent(seq));
  await turnEnds();
  hub.broadcast(sampleEvent(4));
  await turnEnds();
  expect(written()).toEqual([[1, 2, 3], [4]]);
});

test('a client that resumes in the turn of a broadcast receives it once', async () => {
  hub.broadcast(sampleEvent(1));
  hub.broadcast(sampleEvent(2));
  hub.resume(client.asClient(), 1);
  hub.broadcast(sampleEvent(3));
  await turnEnds();
  expect(written().flat()).toEqual([2, 3]);
});

test('a client that joins in the turn of a broadcast receives only later ones', async () => {
  hub.broadcast(sampleEvent(1));
  hub.join(client.asClient());
  hub.broadcast(sampleEvent(2));
  await turnEnds();
  expect(written().flat()).toEqual([2]);
});
