import { expect, test } from 'vitest';
import { realAddress, realDependencies, realRequired } from './real-addresses.ts';

test('returns the address in the environment', () => {
  expect(realAddress('nats', { MEOWER_TEST_NATS: 'somewhere:4222' })).toEqual({ address: 'somewhere:4222' });
});

test.each(realDependencies.filter((dependency) => dependency !== 'chromium'))(
  'names the variable to set for %s',
  (dependency) => {
    expect(realAddress(dependency, {})).toEqual({
      missing: expect.stringContaining(`set MEOWER_TEST_${dependency.toUpperCase()}=`),
    });
  },
);

test('an empty variable means a missing dependency', () => {
  expect(realAddress('postgres', { MEOWER_TEST_POSTGRES: '' })).toHaveProperty('missing');
});

test('prefers the Chromium in the environment to an installed one', () => {
  expect(realAddress('chromium', { MEOWER_TEST_CHROMIUM: '/my/chromium' })).toEqual({
    address: '/my/chromium',
  });
});

test('requires real dependencies only with MEOWER_REQUIRE_REAL=1', () => {
  expect(realRequired({ MEOWER_REQUIRE_REAL: '1' })).toBe(true);
  expect(realRequired({})).toBe(false);
});
