// npm test             static checks, unit and contract tests, journeys in a browser, on all real dependencies found
// npm test -- ARGS…    only Vitest, with these arguments
import { realAddress, realDependencies, realRequired } from '../shared/src/testing/real-addresses.ts';
import { runStaticChecks } from './static-checks.ts';
import { runJourneys, runUnitAndContractTests } from './suites.ts';
import { sum, summary } from './tally.ts';

const args = process.argv.slice(2);
const passed = args.length > 0 ? await runSome() : await runAll();
process.exitCode = passed ? 0 : 1;

async function runSome(): Promise<boolean> {
  const tally = await runUnitAndContractTests(args);
  console.log(`\n${summary(tally)}`);
  return tally.failed.length === 0;
}

async function runAll(): Promise<boolean> {
  const tallies = [...(await runStaticChecks()), await runUnitAndContractTests()];
  const chromium = realAddress('chromium');
  if ('address' in chromium) tallies.push(await runJourneys(chromium.address));
  const tally = sum(tallies);
  const missing = missingDependencies();
  if (missing.length > 0) console.log(['\nNot run:', ...missing].join('\n- '));
  const isTooLittle = realRequired() && missing.length + tally.skipped.length > 0;
  if (isTooLittle) {
    console.error(
      `\nMEOWER_REQUIRE_REAL=1 allows no skipped test and no missing dependency: ${tally.skipped.length} skipped, ${missing.length} missing.`,
    );
  }
  console.log(`\n${summary(tally)}`);
  return tally.failed.length === 0 && !isTooLittle;
}

/** A sentence for each. */
function missingDependencies(): string[] {
  return realDependencies.flatMap((name) => {
    const real = realAddress(name);
    return 'missing' in real ? [real.missing] : [];
  });
}
