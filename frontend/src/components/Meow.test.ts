import { expect, test, vi } from 'vitest';
import { meow } from '../testing/fake-api.ts';
import { testApp } from '../testing/test-app.ts';
import Meow from './Meow.vue';

test('shows when it was written, and the exact time as a tooltip', () => {
  const shown = testApp().show(Meow, { meow: meow(1) });
  const time = shown.get('time');
  expect(time.attributes('datetime')).toBe('2026-11-21T03:00:00.000000Z');
  expect(time.attributes('title')).toContain('2026');
  shown.unmount();
});

test('updates its time while it is shown', async () => {
  vi.useFakeTimers({ now: new Date('2026-11-21T03:00:30Z') });
  const shown = testApp().show(Meow, { meow: meow(1) });
  const time = () => shown.get('time [aria-hidden]').text();
  await vi.advanceTimersByTimeAsync(1_000);
  expect(time()).toBe('31s ago');
  await vi.advanceTimersByTimeAsync(120_000);
  expect(time()).toBe('2m ago');
  shown.unmount();
  vi.useRealTimers();
});

test('opens the meow on its own when its time is clicked', async () => {
  const { store, show } = testApp();
  await store.dispatch('timeline/receive', [meow(1)]);
  const shown = show(Meow, { meow: meow(1) });
  const link = shown.get('a.meow-time');
  expect(link.attributes('href')).toBe('/m/m000001');
  await link.trigger('click');
  expect(store.state.route.current).toEqual({ view: 'meow', id: 'm000001' });
  expect(store.state.single.meow?.text).toBe('meow 1');
  shown.unmount();
});

test('leaves the link to the browser when a modifier key is held', async () => {
  const { store, show } = testApp();
  const shown = show(Meow, { meow: meow(1) });
  await shown.get('a.meow-time').trigger('click', { ctrlKey: true });
  expect(store.state.route.current).toEqual({ view: 'timeline' });
  shown.unmount();
});
