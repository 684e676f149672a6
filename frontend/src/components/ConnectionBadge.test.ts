import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { testApp } from '../testing/test-app.ts';
import ConnectionBadge from './ConnectionBadge.vue';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test('counts down to the next attempt, hidden from screen readers', async () => {
  const { store, show } = testApp();
  const badge = show(ConnectionBadge);
  await vi.advanceTimersByTimeAsync(1_000);
  store.commit('connection/changed', { status: 'reconnecting', retryAt: Date.now() + 5_000 });
  await vi.advanceTimersByTimeAsync(2_000);

  expect(badge.get('.connection-text').text()).toBe('reconnecting in 3 s');
  expect(badge.get('.visually-hidden').text()).toBe('reconnecting');
  badge.unmount();
});

test.each(['connecting', 'live', 'offline'] as const)('shows "%s"', async (status) => {
  const { store, show } = testApp();
  const badge = show(ConnectionBadge);
  store.commit('connection/changed', { status });
  await vi.advanceTimersByTimeAsync(0);
  expect(badge.get('.connection-text').text()).toBe(status);
  badge.unmount();
});
