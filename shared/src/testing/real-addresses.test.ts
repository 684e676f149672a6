import { expect, test } from 'vitest';
import { realAddress, realDependencies, realRequired } from './real-addresses.ts';

test('returns the address in the environment', () => {
  expect(realAddress('nats', { MEOWER_TEST_NATS: 'somewhere:4222' })).toEqual({ address: 'somewhere:4222' });
});

const browsers = ['chromium', 'firefox'] as const;

test.each(realDependencies.filter((dependency) => !browsers.some((browser) => browser === dependency)))(
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

test.each(browsers)('prefers the %s in the environment to an installed one', (browser) => {
  const env = { [`MEOWER_TEST_${browser.toUpperCase()}`]: '/my/browser' };
  expect(realAddress(browser, env)).toEqual({ address: '/my/browser' });
});

test('requires real dependencies only with MEOWER_REQUIRE_REAL=1', () => {
  expect(realRequired({ MEOWER_REQUIRE_REAL: '1' })).toBe(true);
  expect(realRequired({})).toBe(false);
});
