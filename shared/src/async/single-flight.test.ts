import { expect, test } from 'vitest';
import { OverloadedError } from './batcher.ts';
import { createSingleFlight } from './single-flight.ts';

/** Reads that end when told to. */
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

test('who asks in the same turn shares one read', async () => {
  const { read, started, turn } = controlled();
  const ask = createSingleFlight(read, { maxKeys: 10 });
  const answers = Promise.all([ask('a'), ask('a'), ask('a')]);
  await turn();
  started[0]?.end('one');
  expect(await answers).toEqual(['one', 'one', 'one']);
  expect(started).toHaveLength(1);
});

test('nobody joins a read that has started, which could miss what was written since', async () => {
  let written = 'nothing';
  const reads = createSingleFlight(
    async () => {
      const seen = written;
      await new Promise((resolve) => setImmediate(resolve));
      return seen;
    },
    { maxKeys: 10 },
  );
  const before = reads('a');
  await new Promise((resolve) => setImmediate(resolve));
  written = 'a meow';
  const after = [reads('a'), reads('a')];
  expect(await before).toBe('nothing');
  expect(await Promise.all(after)).toEqual(['a meow', 'a meow']);
});

test('those who wait while a read runs share the next one, which starts when it ends', async () => {
  const { read, started, turn } = controlled();
  const ask = createSingleFlight(read, { maxKeys: 10 });
  const first = ask('a');
  await turn();
  const second = Promise.all([ask('a'), ask('a')]);
  await turn();
  expect(started).toHaveLength(1);
  started[0]?.end('one');
  await first;
  await turn();
  started[1]?.end('two');
  expect(await second).toEqual(['two', 'two']);
});

test('a read that fails rejects those who share it, and nobody who asks later', async () => {
  const { read, started, turn } = controlled();
  const ask = createSingleFlight(read, { maxKeys: 10 });
  const failing = Promise.allSettled([ask('a'), ask('a')]);
  await turn();
  const later = ask('a');
  started[0]?.end(new Error('broken'));
  expect((await failing).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  await turn();
  started[1]?.end('well');
  expect(await later).toBe('well');
});

test('different keys are read at once, up to a limit', async () => {
  const { read, started, turn } = controlled();
  const ask = createSingleFlight(read, { maxKeys: 2 });
  const answers = Promise.all([ask('a'), ask('b')]);
  await expect(ask('c')).rejects.toThrow(OverloadedError);
  await turn();
  expect(started.map(({ key }) => key)).toEqual(['a', 'b']);
  for (const { key, end } of started) end(key);
  expect(await answers).toEqual(['a', 'b']);
  await turn();
  const again = ask('c');
  await turn();
  started[2]?.end('c');
  expect(await again).toBe('c');
});

test('a read that follows on another is given its value, unless that one failed or nobody waited', async () => {
  const given: (string | undefined)[] = [];
  const { read, started, turn } = controlled();
  const ask = createSingleFlight<string>(
    (key, before) => {
      given.push(before);
      return read(key);
    },
    { maxKeys: 10 },
  );
  const answers = [ask('a')];
  await turn();
  for (const [i, value] of ['one', new Error('broken'), 'three'].entries()) {
    if (i < 2) answers.push(ask('a'));
    started[i]?.end(value);
    await Promise.allSettled(answers.slice(0, i + 1));
    await turn();
  }
  await turn();
  const last = ask('a');
  await turn();
  started[3]?.end('four');
  await last;
  expect(given).toEqual([undefined, 'one', undefined, undefined]);
});
