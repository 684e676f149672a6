import { flushPromises } from '@vue/test-utils';
import { afterEach, expect, test } from 'vitest';
import { testApp } from '../testing/test-app.ts';
import MeowComposer from './MeowComposer.vue';

let unmount = () => undefined as unknown;
afterEach(() => unmount());

function open() {
  const { api, store, show } = testApp();
  const shown = show(MeowComposer);
  unmount = () => shown.unmount();
  const area = shown.get('textarea');
  const button = shown.get<HTMLButtonElement>('button[type=submit]');
  const left = () => shown.get('.composer-left [aria-hidden="true"]:not(svg)').text();
  return { api, store, shown, area, button, left };
}

test('counts characters as the server does', async () => {
  const { area, left } = open();
  await area.setValue('añ😺<&');
  expect(left()).toBe('135');
});

test('enables the button only for a text that the server accepts', async () => {
  const { area, button, shown } = open();
  expect(button.element.disabled).toBe(true);
  await area.setValue('  \n');
  expect(button.element.disabled).toBe(true);
  await area.setValue('x'.repeat(140));
  expect(button.element.disabled).toBe(false);
  await area.setValue('x'.repeat(143));
  expect(button.element.disabled).toBe(true);
  expect(shown.get('[aria-live]').text()).toBe('3 characters over the limit');
});

test.each(['ctrlKey', 'metaKey'])('sends on %s and Enter, not on Enter alone', async (modifier) => {
  const { api, area } = open();
  await area.setValue('purr');
  await area.trigger('keydown', { key: 'Enter' });
  expect(api.posts).toHaveLength(0);
  await area.trigger('keydown', { key: 'Enter', [modifier]: true });
  expect(api.posts).toHaveLength(1);
});

test('labels the Enter key of a phone with what it does', () => {
  expect(open().area.attributes('enterkeyhint')).toBe('enter');
});

test('posts once on a double click', async () => {
  const { api, area, shown } = open();
  await area.setValue('purr');
  const form = shown.get('form');
  form.element.dispatchEvent(new Event('submit', { cancelable: true }));
  form.element.dispatchEvent(new Event('submit', { cancelable: true }));
  await flushPromises();
  expect(api.posts).toHaveLength(1);
  expect(area.element.value).toBe('');
});

test('returns to the timeline when a meow is posted from a search', async () => {
  const { store, area, shown } = open();
  store.commit('route/changed', { view: 'search', query: 'cat' });
  await area.setValue('purr');
  await shown.get('form').trigger('submit');
  expect(store.state.route.current.view).toBe('timeline');
});
