import { beforeEach, expect, test } from 'vitest';
import { Hub } from './hub.ts';
import { RecordingClient } from './testing/recording-client.ts';
import { sampleDeletion, sampleEvent } from './testing/sample-event.ts';

const turnEnds = () => new Promise(setImmediate);

/** The numbers in each write to the client. */
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

test('a deletion is sent to live clients, and the meow no longer to clients that resume', async () => {
  const gone = sampleEvent(2);
  hub.broadcast(sampleEvent(1));
  hub.broadcast(gone);
  hub.join(client.asClient());
  hub.broadcast(sampleDeletion(3, gone.data.id));
  await turnEnds();
  expect(client.writes).toEqual([[{ kind: 3, id: gone.data.id, seq: 3 }]]);
  const resuming = new RecordingClient();
  hub.resume(resuming.asClient(), 0);
  expect(resuming.writes.flat().map((frame) => 'seq' in frame && frame.seq)).toEqual([1, 3]);
});

test('an announced meow is sent to live clients without a number, and is not kept', async () => {
  const deleted = sampleEvent(3);
  hub.broadcast(sampleEvent(1));
  hub.broadcast(sampleDeletion(2, deleted.data.id));
  hub.join(client.asClient());
  const event = sampleEvent(3);
  for (const announced of [event, event, deleted, sampleDeletion(3, 'gone')]) hub.announce(announced);
  hub.broadcast(event);
  await turnEnds();
  const announced = { kind: 5, ...event.data };
  expect(client.writes).toEqual([[announced, { ...announced, kind: 1, seq: 3 }]]);
  const resuming = new RecordingClient();
  hub.resume(resuming.asClient(), 2);
  expect(resuming.frames).toEqual([{ ...announced, kind: 1, seq: 3 }]);
});

test('a meow that comes after its deletion is not sent', async () => {
  const late = sampleEvent(2);
  hub.join(client.asClient());
  hub.broadcast(sampleDeletion(1, late.data.id));
  hub.broadcast(late);
  hub.broadcast(sampleEvent(3));
  await turnEnds();
  expect(written().flat()).toEqual([1, 3]);
});

test('remembers so many of the latest deletions', () => {
  const first = sampleEvent(100);
  hub.broadcast(sampleDeletion(1, first.data.id));
  expect(hub.isNews(first)).toBe(false);
  for (let seq = 2; seq <= 11; seq++) hub.broadcast(sampleDeletion(seq, `other ${seq}`));
  expect(hub.isNews(first)).toBe(true);
});
