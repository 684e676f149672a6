import { beforeEach, expect, test } from 'vitest';
import { createOutboxStorage } from './outbox-storage.ts';

beforeEach(() => localStorage.clear());

test('What is kept is there for the next page, in the order of writing', () => {
  const first = createOutboxStorage();
  first.saveDraft('dra');
  first.put({ key: 'b', text: 'second', writtenAt: 2 });
  first.put({ key: 'a', text: 'first', writtenAt: 1 });
  first.put({ key: 'c', text: 'third', writtenAt: 3 });
  first.remove('c');

  const second = createOutboxStorage();
  expect(second.draft()).toBe('dra');
  expect(second.outbox().map(({ text }) => text)).toEqual(['first', 'second']);
});

test('Where storage is forbidden, nothing is kept and nothing fails', () => {
  const storage = createOutboxStorage(() => {
    throw new DOMException('denied', 'SecurityError');
  });
  storage.saveDraft('x');
  storage.put({ key: 'a', text: 'x', writtenAt: 1 });
  expect(storage.draft()).toBe('');
  expect(storage.outbox()).toEqual([]);
});

test('A full storage does not stop a meow', () => {
  const full = {
    getItem: () => null,
    removeItem: () => undefined,
    setItem: () => {
      throw new DOMException('full', 'QuotaExceededError');
    },
  } as unknown as Storage;
  expect(() => createOutboxStorage(() => full).put({ key: 'a', text: 'x', writtenAt: 1 })).not.toThrow();
});
