import { type MeowEvent, REPUBLISHED } from '@meower/shared/event/meow-events.ts';
import type { SequencedMessage } from '@meower/shared/message/capabilities.ts';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createCatchUp } from './catch-up.ts';
import { Hub } from './hub.ts';
import { RecordingClient } from './testing/recording-client.ts';
import { sampleEvent } from './testing/sample-event.ts';

/** Small: a history of a few events has many pages. */
const PAGE = 2;
const RING_SIZE = 3;

/** As many turns of the event loop as a shared read takes to start, and to answer. */
const turn = async () => {
  for (let i = 0; i < 4; i++) await new Promise(setImmediate);
};

/**
 * A stream and a hub that follows it. The test decides when an event reaches the hub and a request is
 * answered.
 */
class Stream {
  readonly hub = new Hub(RING_SIZE);
  /** The numbers of all events that clients should receive, also of those cut from the history. */
  readonly news: number[] = [];
  readonly #answers: (() => void)[] = [];
  #events: MeowEvent<SequencedMessage>[] = [];
  #start = 0;
  #end = 0;
  /** The number of the hub's follower. */
  #followed = 0;

  followFrom(seq: number): void {
    this.#followed = seq;
    this.hub.startAfter(seq);
  }

  publish(isNews = true): void {
    const seq = ++this.#end;
    this.#events.push(sampleEvent(seq, isNews ? {} : { [REPUBLISHED]: 'true' }));
    if (isNews) this.news.push(seq);
  }

  /** Delivers the next event to the hub, after a reset if events before it are gone. */
  deliver(): void {
    if (this.#followed < this.#start) {
      this.hub.reset();
      this.#followed = this.#start;
    }
    const event = this.#events.find(({ message }) => message.seq > this.#followed);
    if (!event) return;
    this.#followed = event.message.seq;
    this.hub.broadcast(event);
  }

  /** The history loses its oldest events. */
  cut(): void {
    this.#events = this.#events.slice(-2);
    this.#start = (this.#events[0]?.message.seq ?? this.#end + 1) - 1;
  }

  /** The history is lost and continues at higher numbers. */
  recreate(): void {
    this.#events = [];
    this.#end += 10;
    this.#start = this.#end;
  }

  /** Answers the oldest request from the present state. */
  answer(): void {
    this.#answers.shift()?.();
  }

  read(after: number): Promise<{ events: MeowEvent<SequencedMessage>[]; end: number }> {
    return this.#request(() => {
      const events = this.#events.filter(({ message }) => message.seq > after).slice(0, PAGE);
      return { events, end: events.at(-1)?.message.seq ?? after };
    });
  }

  range(): Promise<{ start: number; end: number }> {
    return this.#request(() => ({ start: this.#start, end: this.#end }));
  }

  /** Delivers and answers until nothing more happens. */
  async settle(): Promise<void> {
    await turn();
    for (let turns = 0; this.#answers.length > 0 || this.#followed < this.#end; turns++) {
      if (turns === 500) throw new Error('requests never end');
      this.answer();
      this.deliver();
      await turn();
    }
  }

  #request<T>(answer: () => T): Promise<T> {
    return new Promise((resolve) => this.#answers.push(() => resolve(answer())));
  }
}

function resume(stream: Stream, cursor: number): RecordingClient {
  const client = new RecordingClient();
  void createCatchUp(stream.hub, stream)(client.asClient(), cursor);
  return client;
}

const seqs = (client: RecordingClient) =>
  client.frames.map((frame) => ('seq' in frame ? frame.seq : 'refetch'));

test.each([
  ['is behind', (stream: Stream) => stream.followFrom(0)],
  ['was reset', (stream: Stream) => stream.hub.reset()],
])('while the hub %s, sends an event that comes between two questions to the history', async (_, prepare) => {
  const stream = new Stream();
  prepare(stream);
  stream.publish();
  const client = resume(stream, 1);
  for (const _ of ['the range', 'the first page']) {
    await turn();
    stream.answer();
  }
  await turn();
  stream.publish();
  stream.deliver();
  stream.deliver();
  await stream.settle();
  expect(seqs(client)).toEqual([2]);
});

test('while the hub was reset, sends many pages of history before any event comes', async () => {
  const stream = new Stream();
  stream.hub.reset();
  for (let i = 0; i < 7; i++) stream.publish();
  const client = resume(stream, 0);
  for (let i = 0; i < 20; i++) {
    stream.answer();
    await turn();
  }
  expect(seqs(client)).toEqual([1, 2, 3, 4, 5, 6, 7]);
});

/** Frequent steps come first: fast-check shrinks towards them. */
const steps = fc.oneof(
  ...[
    { weight: 6, step: 'answer', take: (stream: Stream) => stream.answer() },
    { weight: 6, step: 'turn', take: turn },
    { weight: 4, step: 'publish', take: (stream: Stream) => stream.publish() },
    { weight: 4, step: 'deliver', take: (stream: Stream) => stream.deliver() },
    { weight: 1, step: 'republish', take: (stream: Stream) => stream.publish(false) },
    { weight: 1, step: 'reset the hub', take: (stream: Stream) => stream.hub.reset() },
    { weight: 1, step: 'cut the history', take: (stream: Stream) => stream.cut() },
    { weight: 1, step: 'recreate the history', take: (stream: Stream) => stream.recreate() },
  ].map(({ weight, step, take }) => ({
    weight,
    arbitrary: fc.constant({ step, take, toString: () => step }),
  })),
);

const scenario = fc.record({
  published: fc.nat(10),
  followedFrom: fc.nat(10),
  cursor: fc.nat(11),
  steps: fc.array(steps, { maxLength: 40 }),
});

test('has no gap, repeats nothing and never stalls, in any order of events, answers and resets', async () => {
  const property = fc.asyncProperty(scenario, async ({ published, followedFrom, cursor, steps }) => {
    const stream = new Stream();
    for (let i = 0; i < published; i++) stream.publish();
    stream.followFrom(Math.min(followedFrom, published));
    const client = resume(stream, cursor);
    for (const { take } of steps) await take(stream);
    await stream.settle();
    expectNoGap(seqs(client), cursor, stream.news);

    stream.publish();
    await stream.settle();
    expect(seqs(client).at(-1)).toBe(stream.news.at(-1));
  });
  await fc.assert(property, { numRuns: 1000 });
});

/**
 * Each frame must be the next after the one before. Some may be missing after a "refetch", not out of order.
 */
function expectNoGap(received: (number | 'refetch')[], cursor: number, news: readonly number[]): void {
  let expected: number[] | undefined = news.filter((seq) => seq > cursor);
  let last = -1;
  for (const seq of received) {
    if (seq === 'refetch') {
      expected = undefined;
      continue;
    }
    expected ??= news.filter((each) => each >= seq && each > last);
    expect(seq).toBe(expected.shift());
    last = seq;
  }
  expect(expected ?? []).toEqual([]);
}
