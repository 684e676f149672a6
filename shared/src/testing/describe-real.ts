import { describe, it } from 'vitest';
import { type RealDependency, realAddress, realRequired } from './real-addresses.ts';

/**
 * A suite on a real part, given its address. Where the part is missing, one skipped test says in its title which
 * variable would bring it; with `MEOWER_REQUIRE_REAL=1` that test fails instead.
 *
 *     describeReal('postgres', (url) => repositoryContract('postgres', () => openPostgres(url)));
 */
export function describeReal(part: RealDependency, suite: (address: string) => void): void {
  const real = realAddress(part);
  if ('address' in real) {
    describe(`on real ${part}`, () => suite(real.address));
  } else if (realRequired()) {
    it(real.missing, () => {
      throw new Error(`${real.missing} (MEOWER_REQUIRE_REAL=1 demands it)`);
    });
  } else {
    it.skip(real.missing);
  }
}
