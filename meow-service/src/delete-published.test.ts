import { createLogger } from '@meower/shared/process/logger.ts';
import { expect, test, vi } from 'vitest';
import { createOutboxCleanup } from './delete-published.ts';

const logger = createLogger('test', 'silent');
const outbox = () => ({
  remove: vi.fn<(ids: readonly string[]) => Promise<void>>(() => Promise.resolve()),
  vacuum: vi.fn(() => Promise.resolve()),
});
const removalFrom = (of: ReturnType<typeof outbox>) =>
  createOutboxCleanup({ outbox: of, logger, maxWaiting: 100, cooldownMs: 1, vacuumEvery: 3 });

test('what many commits have confirmed is removed at once', async () => {
  const subject = outbox();
  const remove = removalFrom(subject);
  await Promise.all([remove(['a', 'b']), remove(['c'])]);
  expect(subject.remove.mock.calls).toEqual([[['a', 'b', 'c']]]);
});

test('after so many removals the outbox is tidied, and the count begins again', async () => {
  const subject = outbox();
  const remove = removalFrom(subject);
  await remove(['a', 'b']);
  expect(subject.vacuum).toHaveBeenCalledTimes(0);
  await remove(['c']);
  await remove(['d', 'e']);
  expect(subject.vacuum).toHaveBeenCalledTimes(1);
});

test('an outbox that cannot be tidied still gives up its entries', async () => {
  const subject = outbox();
  subject.vacuum.mockRejectedValue(new Error('not the owner'));
  const remove = removalFrom(subject);
  await remove(['a', 'b', 'c']);
  await remove(['d', 'e', 'f']);
  expect(subject.remove).toHaveBeenCalledTimes(2);
  expect(subject.vacuum).toHaveBeenCalledTimes(2);
});

test('a removal that fails tells those that wait for it', async () => {
  const subject = outbox();
  subject.remove.mockRejectedValueOnce(new Error('connection lost'));
  const remove = removalFrom(subject);
  await expect(remove(['a'])).rejects.toThrow('connection lost');
  await remove(['b']);
  expect(subject.remove.mock.lastCall).toEqual([['b']]);
});
