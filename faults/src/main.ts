// npm run test:faults    everything under load and faults, then the proof that nothing was lost or doubled
//   -- --seed N            the plan of an earlier run
//   -- --without-proofs    without showing first that the suite catches bugs made on purpose
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runCommand } from '@meower/shared/process/run-command.ts';
import { type Config, loadConfig } from './config.ts';
import { planRounds } from './nemesis/plan.ts';
import { tableOf } from './report/report-table.ts';
import { runTrial } from './scenario.ts';
import { proofs, runProof } from './self-test/seeded-bugs.ts';
import { type Parts, startParts } from './system/dependencies.ts';
import { realMains } from './system/system.ts';

const say = (line: string) => process.stdout.write(`${line}\n`);
/** After the ports of the parts. */
const FIRST_SERVICE_PORT = 10;
/** Most that may pass after faults until everything is whole again. */
const RECOVERY_MS = 90_000;

await runCommand('test:faults', async (signal, args) => {
  const config = loadConfig(args);
  mkdirSync(config.folder, { recursive: true });
  say(`Seed ${config.seed}; to see the same plan again: npm run test:faults -- --seed ${config.seed}`);
  say('Starting Postgres, NATS and Elasticsearch');
  const parts = await startParts(config);
  try {
    return (await runAll(config, parts, signal)) ? 0 : 1;
  } finally {
    await parts.close();
  }
});
// A handle that does not close must not keep CI waiting: everything has been reported.
process.exit();

async function runAll(config: Config, parts: Parts, signal: AbortSignal): Promise<boolean> {
  const firstPort = config.firstPort + FIRST_SERVICE_PORT;
  const common = { ...config, firstPort, signal, say: (line: string) => say(`  ${line}`) };
  let [passed, failed] = [0, 0];
  const count = (promise: string, isTrue: boolean) => {
    if (isTrue) passed++;
    else failed++;
    say(`${isTrue ? '✓' : '✗'} ${promise}`);
  };

  for (const proof of config.withProofs ? proofs : []) {
    const { violations, examples } = (await runProof(parts, proof, common)).verdict;
    const found = violations[proof.finds];
    count(`the suite catches ${proof.bug} (${found} ${proof.finds})`, found > 0);
    if (found === 0) say(`  it found: ${examples.join('; ') || 'nothing'}`);
  }

  say(`\nFaults for ${config.durationMs / 60_000} min`);
  const report = await runTrial(parts, {
    ...common,
    name: 'nemesis',
    mains: realMains,
    recoveryMs: RECOVERY_MS,
    plan: (topology) => planRounds(config.seed, topology),
  });
  const file = join(config.folder, 'report.json');
  writeFileSync(file, `${JSON.stringify(report, undefined, 2)}\n`);
  say(`\n${tableOf(report)}\n`);
  for (const example of report.verdict.examples) say(example);
  count('every answered POST is listed, indexed, found and on every page, exactly once', report.clean);
  say(`The whole report is in ${file}, the logs beside it.`);
  say(`faults: ${passed} passed, ${failed} failed`);
  return failed === 0;
}
