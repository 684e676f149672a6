import { expect, test } from 'vitest';
import { createStore } from 'vuex';
import { idOf, meow } from '../testing/fake-api.ts';
import { fakeStorage } from '../testing/fake-storage.ts';
import { preferencesModule } from './preferences.ts';
import type { RootState } from './state.ts';

function open(stored?: string) {
  const kept = new Map<string, string>(stored === undefined ? [] : [['meower.preferences', stored]]);
  const storage = fakeStorage(kept);
  const tab = () => {
    const store = createStore<RootState>({ modules: { preferences: preferencesModule(storage) } });
    const shown = (...texts: string[]) =>
      store.getters['preferences/shown'](texts.map((text, i) => meow(i, text))).map(
        ({ text }: { text: string }) => text,
      );
    return { store, preferences: store.state.preferences, shown };
  };
  return { tab, ...tab() };
}

test('shows no meow with a muted word, whatever its case and diacritics, and all others', async () => {
  const { store, shown } = open();
  await store.dispatch('preferences/mute', ' Gurkén ');
  expect(shown('a GURKEN scare', 'Gurkensalat', 'a cat')).toEqual(['Gurkensalat', 'a cat']);
  store.commit('preferences/unmuted', 'Gurkén');
  expect(shown('a GURKEN scare')).toHaveLength(1);
});

test('mutes only meows with all words of a phrase', async () => {
  const { store, shown } = open();
  await store.dispatch('preferences/mute', 'vacuum cleaner');
  expect(shown('the cleaner has a vacuum', 'the cleaner')).toEqual(['the cleaner']);
});

test('shows no hidden meow until all are shown again', () => {
  const { store, shown } = open();
  store.commit('preferences/hidden', idOf(1));
  expect(shown('zero', 'one', 'two')).toEqual(['zero', 'two']);
  store.commit('preferences/allShown');
  expect(shown('zero', 'one', 'two')).toHaveLength(3);
});

test('keeps the choices on this device, for all tabs', async () => {
  const { tab, store } = open();
  const other = tab();
  store.commit('preferences/undo', true);
  await store.dispatch('preferences/mute', 'dog');
  other.store.commit('preferences/synchronised');
  expect(other.shown('a dog', 'a cat')).toEqual(['a cat']);
  expect(other.preferences).toMatchObject({ undo: true, muted: ['dog'], hidden: [] });
  expect(tab().preferences).toEqual({ undo: true, muted: ['dog'], hidden: [] });
});

test.each(['', 'null', '7', '{"muted":"dog","hidden":[1,null],"undo":"yes"}', '{'])(
  'starts with the defaults if %j is stored',
  (stored) => {
    expect(open(stored).preferences).toEqual({ undo: false, muted: [], hidden: [] });
  },
);

test('mutes nothing by a text without a word', async () => {
  const { store, preferences } = open();
  await store.dispatch('preferences/mute', ' !? ');
  expect(preferences.muted).toEqual([]);
});
