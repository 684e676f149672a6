import { beforeEach, expect, test } from 'vitest';
import { browserStorage } from './browser-storage.ts';

beforeEach(() => localStorage.clear());

test('keeps values by name until they are removed', () => {
  const storage = browserStorage();
  storage.set('a', '1');
  storage.set('b', '2');
  storage.remove('a');
  const sameBrowser = browserStorage();
  expect(sameBrowser.names()).toEqual(['b']);
  expect(sameBrowser.get('b')).toBe('2');
  expect(sameBrowser.get('a')).toBeNull();
});

test.each<[string, () => Storage | null]>([
  [
    'throws',
    () => {
      throw new DOMException('denied', 'SecurityError');
    },
  ],
  ['is null', () => null],
])('keeps values in memory where localStorage %s', (_, open) => {
  const storage = browserStorage(open);
  storage.set('a', '1');
  storage.set('b', '2');
  storage.remove('a');
  expect(storage.get('a')).toBeNull();
  expect(storage.get('b')).toBe('2');
  expect(storage.names()).toEqual(['b']);
});

test('keeps values in memory when the storage is full', () => {
  const full = {
    getItem: () => null,
    removeItem: () => undefined,
    setItem: () => {
      throw new DOMException('full', 'QuotaExceededError');
    },
  };
  // The cast: only what this test uses of a Storage.
  const storage = browserStorage(() => full as unknown as Storage);
  storage.set('a', '1');
  expect(storage.get('a')).toBe('1');
  storage.remove('a');
  expect(storage.get('a')).toBeNull();
});

test('reports changes of other tabs', () => {
  let changes = 0;
  browserStorage().onChange(() => changes++);
  dispatchEvent(new StorageEvent('storage', { key: 'meower.draft' }));
  expect(changes).toBe(1);
});
