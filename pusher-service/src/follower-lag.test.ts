import { expect, test } from 'vitest';
import { followerLag } from './follower-lag.ts';
import type { MeowHistory } from './meow-history.ts';
import { sampleEvent } from './testing/sample-event.ts';

const historyTo = (end: number): MeowHistory => ({
  range: async () => ({ start: 0, end }),
  read: async (after) => ({ events: after < end ? [sampleEvent(after + 1)] : [], end }),
});

test('the lag is that of the events that have not come yet', async () => {
  expect(await followerLag({ seq: 3 }, historyTo(3))).toEqual({ messages: 0, oldestAgeMs: 0 });
  const behind = await followerLag({ seq: 3 }, historyTo(5));
  expect(behind).toEqual({ messages: 2, oldestAgeMs: expect.any(Number) });
  expect(behind.oldestAgeMs).toBeGreaterThanOrEqual(0);
});

test('messages that no client gets are no lag', async () => {
  const history = { ...historyTo(5), read: async () => ({ events: [], end: 5 }) };
  expect(await followerLag({ seq: 3 }, history)).toEqual({ messages: 0, oldestAgeMs: 0 });
});

test('the lag is unknown before the first event', async () => {
  await expect(followerLag({ seq: undefined }, historyTo(5))).rejects.toThrow('no event has come yet');
});
