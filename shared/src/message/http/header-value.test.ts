import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decodeHeaderValue, encodeHeaderValue } from './header-value.ts';

test('spaces, quotation marks, percent signs and all that is not printable ASCII are encoded', () => {
  // The example of the specification.
  expect(encodeHeaderValue('Euro € 😀')).toBe('Euro%20%E2%82%AC%20%F0%9F%98%80');
  expect(encodeHeaderValue('"100%"\r\n\u007f~!')).toBe('%22100%25%22%0D%0A%7F~!');
  expect(encodeHeaderValue('\ud83d half')).toBe('%EF%BF%BD%20half');
});

test('every text comes back as it was', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const encoded = encodeHeaderValue(text);
      expect(encoded).toMatch(/^[\x21-\x7e]*$/);
      expect(decodeHeaderValue(encoded)).toBe(text.toWellFormed());
    }),
  );
});

test.each([
  ['what is encoded without need', '%61%62', 'ab'],
  ['lower-case digits', '%e2%82%ac', '€'],
  ['quotation marks and backslashes of older senders', '"a \\"b\\" %41"', 'a "b" A'],
  ['a percent sign that encodes nothing', '100% a%4', '100% a%4'],
])('reads %s', (_, value, text) => {
  expect(decodeHeaderValue(value)).toBe(text);
});

test.each(['%C0%A0', '%E2%82', '%FF'])('refuses %s, which is no UTF-8', (value) => {
  expect(() => decodeHeaderValue(value)).toThrow(URIError);
});
