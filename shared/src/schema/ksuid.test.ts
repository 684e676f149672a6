import fc from 'fast-check';
import KSUID from 'ksuid';
import { expect, test } from 'vitest';
import { encodeKsuid, KSUID_BYTES } from './ksuid.ts';

test('encodes any bytes as the reference implementation does', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: KSUID_BYTES, maxLength: KSUID_BYTES }), (bytes) => {
      const buffer = Buffer.from(bytes);
      expect(encodeKsuid(buffer)).toBe(new KSUID(buffer).string);
    }),
  );
});

test.each([
  [0x00, '0'.repeat(27)],
  [0xff, 'aWgEPTl1tmebfsQzFP4bxwgy80V'],
])('all bytes %i are %s', (byte, text) => {
  expect(encodeKsuid(Buffer.alloc(KSUID_BYTES, byte))).toBe(text);
});
