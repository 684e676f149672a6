import { expect, test, vi } from 'vitest';
import { createLogger } from '../process/logger.ts';
import { createOutboxCleanup } from './cleanup.ts';
import type { Outbox, OutboxEntry } from './outbox.ts';

const logger = createLogger('test', 'silent');
const entry = (seq: string): OutboxEntry => ({
  seq,
  topic: 'cat.seen',
  id: seq,
  key: seq,
  metadata: {},
  payload: Buffer.from('{}'),
});
const fakeOutbox = () => ({
  deletePublished: vi.fn<Outbox['deletePublished']>(() => Promise.resolve()),
  vacuum: vi.fn<Outbox['vacuum']>(() => Promise.resolve()),
});
const cleanupOf = (outbox: ReturnType<typeof fakeOutbox>) =>
  createOutboxCleanup({ outbox, logger, maxWaiting: 100, cooldownMs: 1, vacuumEvery: 3 });
const [a, b, c, d] = ['1', '2', '3', '4'].map(entry) as [OutboxEntry, OutboxEntry, OutboxEntry, OutboxEntry];

test('deletes the confirmed events of many commits together', async () => {
  const outbox = fakeOutbox();
  const cleanup = cleanupOf(outbox);
  await Promise.all([cleanup([a, b]), cleanup([c])]);
  expect(outbox.deletePublished.mock.calls).toEqual([[[a, b, c]]]);
});

test('vacuums the outbox after so many deletions, and counts anew', async () => {
  const outbox = fakeOutbox();
  const cleanup = cleanupOf(outbox);
  await cleanup([a, b]);
  expect(outbox.vacuum).toHaveBeenCalledTimes(0);
  await cleanup([c]);
  await cleanup([d]);
  expect(outbox.vacuum).toHaveBeenCalledTimes(1);
});

test('goes on deleting when the outbox cannot be vacuumed', async () => {
  const outbox = fakeOutbox();
  outbox.vacuum.mockRejectedValue(new Error('not the owner'));
  const cleanup = cleanupOf(outbox);
  await cleanup([a, b, c]);
  await cleanup([a, b, d]);
  expect(outbox.deletePublished).toHaveBeenCalledTimes(2);
  expect(outbox.vacuum).toHaveBeenCalledTimes(2);
});

test('reports a deletion that fails to its callers', async () => {
  const outbox = fakeOutbox();
  outbox.deletePublished.mockRejectedValueOnce(new Error('connection lost'));
  const cleanup = cleanupOf(outbox);
  await expect(cleanup([a])).rejects.toThrow('connection lost');
  await cleanup([b]);
  expect(outbox.deletePublished.mock.lastCall).toEqual([[b]]);
});
