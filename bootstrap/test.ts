// npm test             checks, unit and contract tests, journeys in a browser; all real parts that are there
// npm test -- ARGS…    only Vitest, with these arguments
import { realAddress, realParts, realRequired } from '../shared/src/testing/real-addresses.ts';
import { runChecks } from './checks.ts';
import { runJourneys, runUnitAndContractTests } from './suites.ts';
import { closingLine, sum, type Tally } from './tally.ts';

const narrowed = process.argv.slice(2);
const total = sum(narrowed.length > 0 ? [await runUnitAndContractTests(narrowed)] : await runAll());
const missing = realParts
  .map((part) => realAddress(part))
  .flatMap((real) => ('missing' in real ? [real.missing] : []));

console.log(missing.length === 0 ? '\nAll real parts were there.' : '\nNot run:');
for (const reason of missing) console.log(`- what needs the real part: ${reason}`);

const incomplete = missing.length + total.skipped > 0 && realRequired() && narrowed.length === 0;
if (incomplete) {
  console.error(
    `MEOWER_REQUIRE_REAL=1 demands every test on every real part, but ${total.skipped} tests were skipped and ${missing.length} parts are missing.`,
  );
}
console.log(`\n${closingLine(total)}`);
process.exitCode = total.failed > 0 || incomplete ? 1 : 0;

async function runAll(): Promise<Tally[]> {
  const tallies = [...(await runChecks()), await runUnitAndContractTests()];
  const chromium = realAddress('chromium');
  if ('address' in chromium) tallies.push(await runJourneys(chromium.address));
  return tallies;
}
