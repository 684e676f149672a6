import { expect, test, vi } from 'vitest';
import type { Subscription } from '../message/capabilities.ts';
import { silentLogger } from '../testing/silent-logger.ts';
import { subscribeInBackground } from './subscribe-in-background.ts';

const options = { what: 'subscribe', logger: silentLogger };
const SOON = { timeout: 20_000, interval: 5 };

test('is subscribed until it is closed, and does what goes on meanwhile', async () => {
  const close = vi.fn(async () => undefined);
  const ended = vi.fn();
  const background = subscribeInBackground(async () => ({ close, name: 'cats' }), {
    ...options,
    async whileSubscribed({ name }, signal) {
      signal.addEventListener('abort', () => ended(name));
    },
  });
  expect(background.isSubscribed).toBe(false);
  await vi.waitFor(() => expect(background.isSubscribed).toBe(true), SOON);
  expect(close).not.toHaveBeenCalled();
  await background.close();
  expect(ended).toHaveBeenCalledWith('cats');
  expect(close).toHaveBeenCalledOnce();
});

test('closes while it waits for the broker, and then a subscription that comes late', async () => {
  const { promise: late, resolve } = Promise.withResolvers<Subscription>();
  const background = subscribeInBackground(() => late, options);
  await background.close();
  expect(background.isSubscribed).toBe(false);
  const close = vi.fn(async () => undefined);
  resolve({ close });
  await vi.waitFor(() => expect(close).toHaveBeenCalledOnce(), SOON);
});

test('tries again what has failed', async () => {
  vi.useFakeTimers();
  try {
    const subscribe = vi.fn(async () => ({ close: async () => undefined }));
    subscribe.mockRejectedValueOnce(new Error('the broker is unavailable'));
    const background = subscribeInBackground(subscribe, options);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(background.isSubscribed).toBe(true);
    expect(subscribe).toHaveBeenCalledTimes(2);
    await background.close();
  } finally {
    vi.useRealTimers();
  }
});
