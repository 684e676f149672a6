import { afterEach, expect, test } from 'vitest';
import { loadStrings, strings } from './strings.ts';

afterEach(() => loadStrings(['en']));

test.each([
  [['de-AT', 'en'], 'de'],
  [['nl', 'de', 'en'], 'de'],
  [['en-GB', 'de'], 'en'],
  [['nl'], 'en'],
  [[], 'en'],
])('for a reader of %j, the page is in "%s"', async (languages, expected) => {
  await loadStrings(languages);
  expect(strings.locale).toBe(expected);
  expect(document.documentElement.lang).toBe(expected);
});

test('counts by the rules of the language', async () => {
  expect([0, 1, 2, 1_500].map(strings.timeline.newMeows)).toEqual([
    '0 new meows',
    '1 new meow',
    '2 new meows',
    '1,500 new meows',
  ]);
  await loadStrings(['de']);
  expect([0, 1, 2, 1_500].map(strings.timeline.newMeows)).toEqual([
    '0 neue Miaus',
    '1 neues Miau',
    '2 neue Miaus',
    '1.500 neue Miaus',
  ]);
});
