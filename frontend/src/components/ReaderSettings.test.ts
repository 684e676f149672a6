import { flushPromises } from '@vue/test-utils';
import { afterEach, expect, test } from 'vitest';
import { idOf, meowsDown } from '../testing/fake-api.ts';
import { testApp } from '../testing/test-app.ts';
import ReaderSettings from './ReaderSettings.vue';
import Timeline from './Timeline.vue';

let unmount = () => undefined as unknown;
afterEach(() => unmount());

async function open() {
  const { api, store, show } = testApp();
  api.meows = meowsDown(3, 1);
  await store.dispatch('timeline/loadNewest');
  const settings = show(ReaderSettings);
  const timeline = show(Timeline);
  unmount = () => {
    settings.unmount();
    timeline.unmount();
  };
  await flushPromises();
  const texts = () => timeline.findAll('article .meow-text').map((text) => text.text());
  return { store, settings, timeline, texts };
}

test('mutes a word and unmutes it', async () => {
  const { settings, texts } = await open();
  await settings.get('input:not([type=checkbox])').setValue('2');
  await settings.get('form').trigger('submit');
  await expect.poll(texts).toEqual(['meow 3', 'meow 1']);
  await settings.get('[aria-label="Unmute “2”"]').trigger('click');
  expect(texts()).toHaveLength(3);
});

test('shows hidden meows again', async () => {
  const { store, settings, texts } = await open();
  store.commit('preferences/hidden', idOf(3));
  await flushPromises();
  expect(texts()).toEqual(['meow 2', 'meow 1']);
  expect(settings.text()).toContain('Show 1 hidden meow again');
  await settings.findAll('button').at(-1)?.trigger('click');
  expect(texts()).toHaveLength(3);
});

test('offers to undo a meow for a moment if the reader wants that', async () => {
  const { store, settings, timeline } = await open();
  await settings.get('input[type=checkbox]').setValue(true);
  store.commit('composer/drafted', 'on second thoughts');
  await store.dispatch('composer/submit');
  await flushPromises();
  const undo = timeline.findAll('button').find((button) => button.text() === 'Undo');
  await undo?.trigger('click');
  expect(store.state.composer).toMatchObject({ draft: 'on second thoughts', outbox: [] });
});
