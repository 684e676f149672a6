import type { Meow } from '@meower/shared/meow/meow.ts';
import { createIdGenerator } from '@meower/shared/meow/meow-id.ts';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { indexAll } from './index-all.ts';

const newMeowId = createIdGenerator();
const meows = ['a', 'b', 'c'].map((body): Meow => ({ ...newMeowId(), body }));

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test('meows that the engine is too busy for are sent again after a growing delay, and each wait is reported', async () => {
  const sent: string[] = [];
  const waits: [number, string, number][] = [];
  const indexing = indexAll(meows, {
    async insertMeows(batch) {
      sent.push(batch.map(({ body }) => body).join(''));
      return batch.map(({ body }) =>
        body === 'b' && sent.length <= 8 ? { status: 'busy', reason: '429' } : { status: 'indexed' },
      );
    },
    signal: new AbortController().signal,
    onRefused: () => expect.fail('none is refused'),
    onBusy: (...wait) => waits.push(wait),
  });
  await vi.runAllTimersAsync();
  await indexing;
  expect(sent).toEqual(['abc', ...Array(8).fill('b')]);
  expect(waits.map(([count, reason]) => [count, reason])).toEqual(Array(8).fill([1, '429']));
  const delays = waits.map(([, , retryInMs]) => retryInMs);
  expect(delays[0]).toBeLessThanOrEqual(250);
  expect(delays[5]).toBeGreaterThan(2000);
  expect(Math.max(...delays)).toBeLessThanOrEqual(10_000);
});

test('a wait for the engine ends with the reason of the signal', async () => {
  const stop = new AbortController();
  const indexing = indexAll(meows, {
    insertMeows: async (batch) => batch.map(() => ({ status: 'busy', reason: '429' })),
    signal: stop.signal,
    onRefused: () => expect.fail('none is refused'),
    onBusy: () => stop.abort(new Error('closing')),
  });
  await expect(indexing).rejects.toThrow('closing');
});
