import { setImmediate as turn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { createFairQueue } from './fair-queue.ts';
import { OverloadedError } from './overloaded-error.ts';

/** Calls that run until they are ended, by name, in the order of their start. */
function createCalls(queue: ReturnType<typeof createFairQueue>) {
  const started: string[] = [];
  const ends = new Map<string, () => void>();
  return {
    started,
    call: (client: string, name = client) =>
      queue(client, () => {
        started.push(name);
        return new Promise<void>((resolve) => ends.set(name, resolve));
      }),
    async end(name: string): Promise<void> {
      ends.get(name)?.();
      await turn();
    },
  };
}

test('clients whose calls wait take turns, each in the order of its calls', async () => {
  const { started, call, end } = createCalls(createFairQueue({ concurrent: 1, maxWaiting: 10 }));
  for (const name of ['a1', 'a2', 'a3', 'a4']) void call('a', name);
  void call('b', 'b1');
  void call('c', 'c1');
  void call('b', 'b2');
  for (const name of ['a1', 'b1', 'c1', 'a2', 'b2', 'a3', 'a4']) {
    expect(started.at(-1)).toBe(name);
    await end(name);
  }
  void call('a', 'a5');
  expect(started.at(-1)).toBe('a5');
});

test('runs as many calls as allowed, and refuses more than may wait', async () => {
  const { started, call, end } = createCalls(createFairQueue({ concurrent: 2, maxWaiting: 1 }));
  for (const name of ['one', 'two', 'three']) void call(name);
  await expect(call('four')).rejects.toThrow(OverloadedError);
  expect(started).toEqual(['one', 'two']);
  await end('two');
  expect(started).toEqual(['one', 'two', 'three']);
});

test('a call that fails ends too', async () => {
  const queue = createFairQueue({ concurrent: 1, maxWaiting: 1 });
  const failing = () => {
    throw new Error('broken');
  };
  await expect(queue('cat', failing)).rejects.toThrow('broken');
  expect(await queue('cat', async () => 'next')).toBe('next');
});
