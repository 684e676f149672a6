import { expect, test, vi } from 'vitest';
import { meow } from '../testing/fake-api.ts';
import { testApp } from '../testing/test-app.ts';
import Meow from './Meow.vue';

test('A meow says when it was written, exactly for whoever wants to know', () => {
  const shown = testApp().show(Meow, { meow: meow(1) });
  const time = shown.get('time');
  expect(time.attributes('datetime')).toBe('2026-11-21T03:00:00.000000Z');
  expect(time.attributes('title')).toContain('2026');
  shown.unmount();
});

test('Times tick', async () => {
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

test('Its time leads to the meow by itself', async () => {
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

test('With a modifier key the link is left to the browser', async () => {
  const { store, show } = testApp();
  const shown = show(Meow, { meow: meow(1) });
  await shown.get('a.meow-time').trigger('click', { ctrlKey: true });
  expect(store.state.route.current).toEqual({ view: 'timeline' });
  shown.unmount();
});
