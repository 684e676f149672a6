import { expect, test } from 'vitest';
import { origins } from './origins.ts';
import { readSettings } from './read-settings.ts';

const read = (POST_ORIGINS: string) =>
  readSettings({ POST_ORIGINS }, { POST_ORIGINS: origins({ default: new Set<string>() }) }).POST_ORIGINS;

test('a list of origins', () => {
  expect(read('https://cats.example, http://localhost:5173')).toEqual(
    new Set(['https://cats.example', 'http://localhost:5173']),
  );
  expect(read('*')).toEqual(new Set(['*']));
  expect(read('')).toEqual(new Set());
});

test.each(['cats.example', 'https://cats.example/', 'https://cats.example/page', 'https://a,'])(
  '"%s" is none',
  (text) => {
    expect(() => read(text)).toThrow(/POST_ORIGINS: must be origins like/);
  },
);
