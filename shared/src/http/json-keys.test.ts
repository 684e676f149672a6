import fc from 'fast-check';
import { expect, test } from 'vitest';
import { duplicateKey } from './json-keys.ts';

test.each([
  ['{"body":"a","body":"b"}', 'body'],
  ['{"body":"a", "b\\u006fdy" : "b"}', 'body'],
  ['{"a\\"":1,"x":{"a\\"":2},"a\\"":3}', 'a"'],
  ['{"__proto__":1,"__proto__":2}', '__proto__'],
])('finds the key that %s has twice', (json, key) => {
  expect(duplicateKey(json)).toBe(key);
});

test('finds none in what JSON.stringify writes', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue()), fc.constantFrom(0, 2), (value, indent) => {
      expect(duplicateKey(JSON.stringify(value, null, indent))).toBeUndefined();
    }),
  );
});

test.each(['[]', '[{"a":1},{"a":2}]', '{"a":{"b":1},"b":2}', '{"a":"\\"a\\":","b":1}', '"a"', '1'])(
  'finds none in %s',
  (json) => {
    expect(duplicateKey(json)).toBeUndefined();
  },
);
