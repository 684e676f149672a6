import { expect, test } from 'vitest';
import type { Outgoing } from '../handler.ts';
import { incoming } from './samples.ts';
import { twice } from './twice.ts';

const { signal } = new AbortController();
const out = (...texts: string[]): Outgoing[] => texts.map((text) => ({ payload: Buffer.from(text) }));

function handledTwice(...results: Outgoing[][]) {
  let calls = 0;
  const handle = twice(async () => results[calls++], { name: 'h' });
  return { handle, calls: () => calls };
}

test('handles every message two times', async () => {
  const { handle, calls } = handledTwice(out('1'), out('1'));
  expect(await handle(incoming('1'), signal)).toEqual(out('1'));
  expect(calls()).toBe(2);
});

test('finds a handler that returns other messages the second time', async () => {
  const { handle } = handledTwice(out('1', '2'), out('1'));
  await expect(handle(incoming('1'), signal)).rejects.toThrow(
    'h is not idempotent: it returned 2 messages, then 1',
  );
});

test('finds a handler that fails the second time', async () => {
  let calls = 0;
  const handle = twice(
    async () => {
      if (++calls === 2) throw new Error('exists already');
    },
    { name: 'h' },
  );
  await expect(handle(incoming('1'), signal)).rejects.toThrow('exists already');
});
