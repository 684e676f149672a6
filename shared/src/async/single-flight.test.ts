import { expect, test } from 'vitest';
import { OverloadedError } from './overloaded-error.ts';
import { createSingleFlight } from './single-flight.ts';

/** Reads that end when the test ends them. */
function controlled() {
  const started: { key: string; end: (value: string | Error) => void }[] = [];
  const turn = () => new Promise((resolve) => setImmediate(resolve));
  return {
    started,
    turn,
    read(key: string) {
      const { promise, resolve, reject } = Promise.withResolvers<string>();
      started.push({ key, end: (value) => (value instanceof Error ? reject(value) : resolve(value)) });
      return promise;
    },
  };
}

test('calls of the same turn share one read', async () => {
  const { read, started, turn } = controlled();
  const get = createSingleFlight(read, { maxKeys: 10 });
  const answers = Promise.all([get('a'), get('a'), get('a')]);
  await turn();
  started[0]?.end('one');
  expect(await answers).toEqual(['one', 'one', 'one']);
  expect(started).toHaveLength(1);
});

test('a call does not join a read that has started, which could miss what was written since', async () => {
  let written = 'nothing';
  const get = createSingleFlight(
    async () => {
      const seen = written;
      await new Promise((resolve) => setImmediate(resolve));
      return seen;
    },
    { maxKeys: 10 },
  );
  const before = get('a');
  await new Promise((resolve) => setImmediate(resolve));
  written = 'a meow';
  const after = [get('a'), get('a')];
  expect(await before).toBe('nothing');
  expect(await Promise.all(after)).toEqual(['a meow', 'a meow']);
});

test('calls during a read share the next one, which starts when it ends', async () => {
  const { read, started, turn } = controlled();
  const get = createSingleFlight(read, { maxKeys: 10 });
  const first = get('a');
  await turn();
  const second = Promise.all([get('a'), get('a')]);
  await turn();
  expect(started).toHaveLength(1);
  started[0]?.end('one');
  await first;
  await turn();
  started[1]?.end('two');
  expect(await second).toEqual(['two', 'two']);
});

test('a read that fails rejects the calls that share it, and no later one', async () => {
  const { read, started, turn } = controlled();
  const get = createSingleFlight(read, { maxKeys: 10 });
  const failing = Promise.allSettled([get('a'), get('a')]);
  await turn();
  const later = get('a');
  started[0]?.end(new Error('broken'));
  expect((await failing).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  await turn();
  started[1]?.end('recovered');
  expect(await later).toBe('recovered');
});

test('different keys are read concurrently, up to a limit', async () => {
  const { read, started, turn } = controlled();
  const get = createSingleFlight(read, { maxKeys: 2 });
  const answers = Promise.all([get('a'), get('b')]);
  await expect(get('c')).rejects.toThrow(OverloadedError);
  await turn();
  expect(started.map(({ key }) => key)).toEqual(['a', 'b']);
  for (const { key, end } of started) end(key);
  expect(await answers).toEqual(['a', 'b']);
  await turn();
  const again = get('c');
  await turn();
  started[2]?.end('c');
  expect(await again).toBe('c');
});

test('a read that follows another receives its result, unless that one failed or no call waited', async () => {
  const received: (string | undefined)[] = [];
  const { read, started, turn } = controlled();
  const get = createSingleFlight<string>(
    (key, latest) => {
      received.push(latest);
      return read(key);
    },
    { maxKeys: 10 },
  );
  const answers = [get('a')];
  await turn();
  for (const [i, value] of ['one', new Error('broken'), 'three'].entries()) {
    if (i < 2) answers.push(get('a'));
    started[i]?.end(value);
    await Promise.allSettled(answers.slice(0, i + 1));
    await turn();
  }
  await turn();
  const last = get('a');
  await turn();
  started[3]?.end('four');
  await last;
  expect(received).toEqual([undefined, 'one', undefined, undefined]);
});
