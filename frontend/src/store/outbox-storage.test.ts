import { beforeEach, expect, test } from 'vitest';
import { browserStorage } from '../browser-storage.ts';
import { createOutboxStorage } from './outbox-storage.ts';

beforeEach(() => localStorage.clear());

test('restores draft and meows in the order of writing', () => {
  const first = createOutboxStorage(browserStorage());
  first.saveDraft('dra');
  first.put({ key: 'b', text: 'second', writtenAt: 2 });
  first.put({ key: 'a', text: 'first', writtenAt: 1 });
  first.put({ key: 'c', text: 'third', writtenAt: 3 });
  first.remove('c');

  const second = createOutboxStorage(browserStorage());
  expect(second.draft()).toBe('dra');
  expect(second.outbox().map(({ text }) => text)).toEqual(['first', 'second']);
});

test('skips an entry that another tab removes between listing and reading', () => {
  const first = createOutboxStorage(browserStorage());
  first.put({ key: 'a', text: 'first', writtenAt: 1 });
  first.put({ key: 'b', text: 'second', writtenAt: 2 });
  const kept = browserStorage();
  const storage = createOutboxStorage({
    ...kept,
    get: (name) => {
      localStorage.removeItem('meower.pending.a');
      return kept.get(name);
    },
  });
  expect(storage.outbox().map(({ text }) => text)).toEqual(['second']);
});

test.each([
  ['is not JSON', '{"key":"b",'],
  ['is empty', ''],
  ['is JSON of something else', 'null'],
  ['lacks its text', '{"key":"b","writtenAt":2}'],
  ['lacks its time', '{"key":"b","text":"second"}'],
])('skips an entry that %s', (_, broken) => {
  const storage = createOutboxStorage(browserStorage());
  storage.put({ key: 'a', text: 'first', writtenAt: 1 });
  localStorage.setItem('meower.pending.b', broken);
  storage.put({ key: 'c', text: 'third', writtenAt: 3 });
  expect(storage.outbox().map(({ text }) => text)).toEqual(['first', 'third']);
});

test('keeps why a meow has failed, and nothing else in its place', () => {
  const storage = createOutboxStorage(browserStorage());
  storage.put({ key: 'a', text: 'first', writtenAt: 1, problem: 'refused' });
  localStorage.setItem('meower.pending.b', '{"key":"b","text":"second","writtenAt":2,"problem":["x"]}');
  expect(storage.outbox().map(({ problem }) => problem)).toEqual(['refused', undefined]);
});

test('does not store a meow again that another tab has removed', () => {
  const storage = createOutboxStorage(browserStorage());
  storage.put({ key: 'a', text: 'first', writtenAt: 1 });
  localStorage.clear();
  storage.update({ key: 'a', text: 'first', writtenAt: 1, problem: 'broken' });
  expect(storage.outbox()).toEqual([]);
});
