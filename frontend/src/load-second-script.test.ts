import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { persistentLoader } from './load-second-script.ts';

beforeEach(() => {
  vi.useFakeTimers();
  vi.spyOn(console, 'warn').mockImplementation(() => undefined);
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

test('loads again what could not be loaded, and reports the failure until then', async () => {
  const script = { name: 'second' };
  const load = vi.fn(() => Promise.resolve(script));
  load.mockRejectedValueOnce(new TypeError('Failed to fetch')).mockRejectedValueOnce(new TypeError('again'));
  const loader = persistentLoader(load);
  const loading = loader.load();
  await vi.advanceTimersByTimeAsync(0);
  expect(loader.failed.value).toBe(true);
  expect(loader.loaded.value).toBeUndefined();
  await vi.advanceTimersByTimeAsync(5_000);
  expect(loader.failed.value).toBe(true);
  await vi.advanceTimersByTimeAsync(5_000);
  expect(await loading).toBe(script);
  expect(loader.loaded.value).toBe(script);
  expect(loader.failed.value).toBe(false);
});

test('loads once for all callers', async () => {
  const load = vi.fn(() => Promise.resolve({}));
  const loader = persistentLoader(load);
  await Promise.all([loader.load(), loader.load()]);
  await loader.load();
  expect(load).toHaveBeenCalledTimes(1);
});
