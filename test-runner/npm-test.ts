// npm test             checks, unit and contract tests, journeys in a browser, on all real parts that are there
// npm test -- ARGS…    only Vitest, with these arguments
import { realAddress, realDependencies, realRequired } from '../shared/src/testing/real-addresses.ts';
import { runChecks } from './static-checks.ts';
import { runJourneys, runUnitAndContractTests } from './suites.ts';
import { closingLine, sum, type Tally } from './tally.ts';

const narrowed = process.argv.slice(2);
const total = narrowed.length > 0 ? await runUnitAndContractTests(narrowed) : sum(await runAll());
const complete = narrowed.length > 0 || tellsWhatIsMissing(total);
console.log(`\n${closingLine(total)}`);
process.exitCode = total.failed > 0 || !complete ? 1 : 0;

async function runAll(): Promise<Tally[]> {
  const tallies = [...(await runChecks()), await runUnitAndContractTests()];
  const chromium = realAddress('chromium');
  if ('address' in chromium) tallies.push(await runJourneys(chromium.address));
  return tallies;
}

/** Whether the run was as complete as was demanded. */
function tellsWhatIsMissing({ skipped }: Tally): boolean {
  const missing = realDependencies
    .map((part) => realAddress(part))
    .flatMap((real) => ('missing' in real ? real.missing : []));
  if (missing.length > 0) console.log(['\nNot run:', ...missing].join('\n- '));
  if (!realRequired() || missing.length + skipped === 0) return true;
  console.error(
    `\nMEOWER_REQUIRE_REAL=1 demands every test on every real part, but ${skipped} tests were skipped and ${missing.length} real parts are missing.`,
  );
  return false;
}
