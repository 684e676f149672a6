import { describe, it } from 'vitest';
import { type RealDependency, realAddress, realRequired } from './real-addresses.ts';

/**
 * A suite on a real dependency at `address`. Where it is missing, one skipped test names in its title the
 * variable to set; with `MEOWER_REQUIRE_REAL=1` that test fails instead.
 *
 *     describeReal('postgres', (url) => repositoryContract('postgres', () => openPostgres(url)));
 */
export function describeReal(dependency: RealDependency, suite: (address: string) => void): void {
  const real = realAddress(dependency);
  if ('address' in real) {
    describe(`on real ${dependency}`, () => suite(real.address));
  } else if (realRequired()) {
    it(real.missing, () => {
      throw new Error(`${real.missing} (MEOWER_REQUIRE_REAL=1 demands it)`);
    });
  } else {
    it.skip(real.missing);
  }
}
