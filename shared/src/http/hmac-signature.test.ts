import { expect, test } from 'vitest';
import { isSignedWith } from './hmac-signature.ts';

// From GitHub's documentation.
const SECRET = "It's a Secret to Everybody";
const SIGNATURE = 'sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17';
const body = Buffer.from('Hello, World!');

test('a body is signed with the secret, or not', () => {
  expect(isSignedWith(SECRET, body, SIGNATURE)).toBe(true);
  expect(isSignedWith('another', body, SIGNATURE)).toBe(false);
  expect(isSignedWith(SECRET, Buffer.from('Hello'), SIGNATURE)).toBe(false);
  expect(isSignedWith(SECRET, body, 'sha256=')).toBe(false);
  expect(isSignedWith(SECRET, body)).toBe(false);
});
