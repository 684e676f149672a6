import { expect, test } from 'vitest';
import { idOf, meow } from '../testing/fake-api.ts';
import { meowFromWire, mergeMeows } from './meow.ts';

test('decodes a body to the text as typed', () => {
  const body = 'Tom &amp; Jerry &lt;script&gt; &#39;x&#39; &#34;y&#34; &amp;lt;';
  expect(meowFromWire({ id: 'a', body, created_at: 't' }).text).toBe(`Tom & Jerry <script> 'x' "y" &lt;`);
});

test('merges two lists: each meow once, newest first, incoming ones win', () => {
  const merged = mergeMeows([meow(5), meow(3), meow(1)], [meow(2), meow(3, 'corrected'), meow(6)]);

  expect(merged.map(({ id }) => id)).toEqual([6, 5, 3, 2, 1].map(idOf));
  expect(merged[2]?.text).toBe('corrected');
});
