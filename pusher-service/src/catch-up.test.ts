import { followEvents } from '@meower/shared/event/consume-events.ts';
import { meowCreated, publishMeowsCreated, REPUBLISHED } from '@meower/shared/event/meow-events.ts';
import { FrameKind } from '@meower/shared/meow/frames.ts';
import { createIdGenerator } from '@meower/shared/meow/meow-id.ts';
import type { Broker } from '@meower/shared/message/capabilities.ts';
import { createInProcessBroker } from '@meower/shared/message/in-process.ts';
import { createLogger } from '@meower/shared/process/logger.ts';
import type { TraceMissedFrames } from '@meower/shared/tracing/trace-frame.ts';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createCatchUp } from './catch-up.ts';
import { Hub } from './hub.ts';
import { type MeowHistory, meowHistory } from './meow-history.ts';
import { RecordingClient } from './testing/recording-client.ts';
import { sampleEvent } from './testing/sample-event.ts';

const newMeowId = createIdGenerator();
const logger = createLogger('test', 'silent');
let broker: Broker;
let hub: Hub;

const publish = async (bodies: string[], headers = {}) => {
  await publishMeowsCreated(
    broker,
    bodies.map((body) => ({ ...newMeowId(), body })),
    headers,
  );
  return (await broker.history([meowCreated.name])).end;
};
/** Starts a hub that follows the events. */
const follow = async (ringSize: number, traceMissed?: TraceMissedFrames) => {
  hub = new Hub(ringSize, [], traceMissed);
  const handlers = { onEvent: hub.broadcast.bind(hub), onReset: () => hub.reset() };
  const { from } = await followEvents(broker, [meowCreated], handlers, logger);
  hub.startAfter(broker.seqOf(from));
};
const resume = (cursor: number, traceMissed?: TraceMissedFrames) => {
  const client = new RecordingClient();
  /** The bodies of the meows that the client was sent, and each "fetch again". */
  const received = () => client.frames.map((frame) => ('body' in frame ? frame.body : 'refetch'));
  const catchUp = createCatchUp(hub, meowHistory(broker, logger), traceMissed);
  return { received, done: catchUp(client.asClient(), cursor) };
};

beforeEach(() => {
  broker = createInProcessBroker({ keepMessages: 2000 });
});
afterEach(() => broker.close());

test('sends the frames that the hub still has, then live ones', async () => {
  await follow(10);
  const cursor = await publish(['a']);
  await publish(['b', 'c']);
  const { received, done } = resume(cursor);
  await done;
  await publish(['d']);
  await vi.waitFor(() => expect(received()).toEqual(['b', 'c', 'd']));
});

test('reads older frames from the history page by page, without a gap and each once', async () => {
  const cursor = await publish(['a']);
  const old = Array.from({ length: 1203 }, (_, i) => `old ${i}`);
  await publish(old);
  await follow(10);
  const { received, done } = resume(cursor);
  const during = Array.from({ length: 50 }, (_, i) => `during ${i}`);
  for (const body of during) await publish([body]);
  await done;
  await publish(['live']);
  await vi.waitFor(() => expect(received().at(-1)).toBe('live'));
  expect(received()).toEqual([...old, ...during, 'live']);
});

test('sends only new frames after a current cursor', async () => {
  const cursor = await publish(['a']);
  await follow(10);
  const { received, done } = resume(cursor);
  await done;
  await publish(['b']);
  await vi.waitFor(() => expect(received()).toEqual(['b']));
});

test('reports the traces of the frames that a client missed, from the history and from the hub', async () => {
  const traced = vi.fn<TraceMissedFrames>();
  const cursor = await publish(['a']);
  await publish(['b'], { traceparent: 'of b' });
  await follow(10, traced);
  await publish(['c'], { traceparent: 'of c' });
  await publish(['d']);
  await vi.waitFor(() => expect(hub.seq).toBe(cursor + 3));
  await resume(cursor, traced).done;
  await resume(cursor + 1, traced).done;
  await resume(cursor + 3, traced).done;
  expect(traced.mock.calls).toEqual([[['of b', 'of c', undefined]], [['of c', undefined]]]);
});

test.each([
  ['before the history', () => 0],
  ['after it', (end: number) => end + 1],
  ['that has been cut off', (_: number, cursor: number) => cursor],
])('a cursor %s means "fetch again", then live', async (_, cursorOf) => {
  const cursor = await publish(['a']);
  const end = await publish(Array.from({ length: 3000 }, (_, i) => String(i)));
  await follow(10);
  const { received, done } = resume(cursorOf(end, cursor));
  await done;
  await publish(['live']);
  await vi.waitFor(() => expect(received()).toEqual(['refetch', 'live']));
});

test('leaves out republished events, and does not wait for them', async () => {
  const cursor = await publish(['a']);
  await publish(['again'], { [REPUBLISHED]: 'true' });
  await follow(10);
  await publish(['again too'], { [REPUBLISHED]: 'true' });
  const { received, done } = resume(cursor);
  await publish(['b']);
  await done;
  await publish(['c']);
  await vi.waitFor(() => expect(received()).toEqual(['b', 'c']));
});

test('events that cannot be read are passed over, also a whole page of them', async () => {
  const cursor = await publish(['a']);
  const broken = Array.from({ length: 600 }, (_, i) => ({
    id: `broken-${i}`,
    metadata: {},
    payload: Buffer.from('{'),
  }));
  await broker.publish(meowCreated.name, broken);
  await publish(['b']);
  await follow(10);
  const { received, done } = resume(cursor);
  await done;
  await publish(['live']);
  await vi.waitFor(() => expect(received()).toEqual(['b', 'live']));
});

/** A history of many events that counts its reads; the first read waits for `answer`. */
function countedHistory(end: number) {
  const { promise, resolve: answer } = Promise.withResolvers<void>();
  const reads: number[] = [];
  const history: MeowHistory = {
    range: async () => ({ start: 0, end }),
    async read(after, limit) {
      reads.push(after);
      await promise;
      const count = Math.min(limit, end - after);
      return {
        events: Array.from({ length: count }, (_, i) => sampleEvent(after + 1 + i)),
        end: after + count,
      };
    },
  };
  return { history, reads, answer };
}

test('a client far behind fetches the list again: nothing is read', async () => {
  hub = new Hub(10);
  const { history, reads } = countedHistory(5002);
  const client = new RecordingClient();
  await createCatchUp(hub, history)(client.asClient(), 1);
  expect(client.frames).toEqual([{ kind: FrameKind.refetch }]);
  expect(reads).toEqual([]);
});

test('clients at the same place share the reads', async () => {
  hub = new Hub(2000);
  const { history, reads, answer } = countedHistory(1200);
  const catchUp = createCatchUp(hub, history);
  const clients = Array.from({ length: 100 }, () => new RecordingClient());
  const done = clients.map((client) => catchUp(client.asClient(), 0));
  await vi.waitFor(() => expect(reads).toEqual([0]));
  answer();
  hub.startAfter(1200);
  await Promise.all(done);
  expect(reads).toEqual([0, 500, 1000]);
  for (const { frames } of clients) expect(frames).toHaveLength(1200);
});

test('a client that comes while many places are being read fetches the list again', async () => {
  hub = new Hub(2000);
  const { history, reads, answer } = countedHistory(1200);
  const catchUp = createCatchUp(hub, history);
  const clients = Array.from({ length: 100 }, () => new RecordingClient());
  const done = clients.map((client, cursor) => catchUp(client.asClient(), cursor));
  await vi.waitFor(() => expect(reads.length).toBeGreaterThan(0));
  expect(reads.length).toBeLessThanOrEqual(10);
  answer();
  hub.startAfter(1200);
  await Promise.all(done);
  const refetches = clients.filter(({ frames }) => frames[0]?.kind === FrameKind.refetch);
  expect(refetches).toHaveLength(90);
});
