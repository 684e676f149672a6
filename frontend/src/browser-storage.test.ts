import { beforeEach, expect, test } from 'vitest';
import { browserStorage } from './browser-storage.ts';

beforeEach(() => localStorage.clear());

test('What is kept has its name and its value until it is removed', () => {
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
])('Where localStorage %s, nothing is kept and nothing fails', (_, open) => {
  const storage = browserStorage(open);
  storage.set('a', '1');
  storage.remove('a');
  expect(storage.get('a')).toBeNull();
  expect(storage.names()).toEqual([]);
});

test('What a full storage does not take is not kept, and nothing fails', () => {
  const full = {
    getItem: () => null,
    setItem: () => {
      throw new DOMException('full', 'QuotaExceededError');
    },
  };
  // Only what this test uses of a Storage.
  const storage = browserStorage(() => full as unknown as Storage);
  storage.set('a', '1');
  expect(storage.get('a')).toBeNull();
});
