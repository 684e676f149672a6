import { randomFillSync } from 'node:crypto';
import KSUID from 'ksuid';
import { expect, test } from 'vitest';
import { encodeKsuid, KSUID_BYTES } from './ksuid.ts';

const INPUTS = 100_000;

test('encodes 100,000 random inputs as the package ksuid does', () => {
  const inputs = randomFillSync(Buffer.alloc(INPUTS * KSUID_BYTES));
  const different: string[] = [];
  for (let start = 0; start < inputs.length; start += KSUID_BYTES) {
    const bytes = inputs.subarray(start, start + KSUID_BYTES);
    if (encodeKsuid(bytes) !== new KSUID(bytes).string) different.push(bytes.toString('hex'));
  }
  expect(different).toEqual([]);
});

test.each([
  [0x00, '0'.repeat(27)],
  [0xff, 'aWgEPTl1tmebfsQzFP4bxwgy80V'],
])('all bytes %i are %s', (byte, text) => {
  expect(encodeKsuid(Buffer.alloc(KSUID_BYTES, byte))).toBe(text);
});

test('leading zero bytes keep the length', () => {
  for (let length = 0; length <= KSUID_BYTES; length++) {
    const bytes = Buffer.alloc(KSUID_BYTES).fill(0xa5, length);
    expect(encodeKsuid(bytes)).toBe(new KSUID(bytes).string);
  }
});
