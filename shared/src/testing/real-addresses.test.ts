import { expect, test } from 'vitest';
import { realAddress, realDependencies, realRequired } from './real-addresses.ts';

test('gives the address that the environment names', () => {
  expect(realAddress('nats', { MEOWER_TEST_NATS: 'somewhere:4222' })).toEqual({ address: 'somewhere:4222' });
});

test.each(realDependencies.filter((part) => part !== 'chromium'))(
  'says which variable would bring %s',
  (part) => {
    expect(realAddress(part, {})).toEqual({
      missing: expect.stringContaining(`set MEOWER_TEST_${part.toUpperCase()}=`),
    });
  },
);

test('takes an empty variable for a missing part', () => {
  expect(realAddress('postgres', { MEOWER_TEST_POSTGRES: '' })).toHaveProperty('missing');
});

test('prefers the Chromium that the environment names to an installed one', () => {
  expect(realAddress('chromium', { MEOWER_TEST_CHROMIUM: '/my/chromium' })).toEqual({
    address: '/my/chromium',
  });
});

test('demands real parts only when told to', () => {
  expect(realRequired({ MEOWER_REQUIRE_REAL: '1' })).toBe(true);
  expect(realRequired({})).toBe(false);
});
