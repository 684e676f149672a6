// npm run test:faults    runs the system under load and faults, then checks that nothing was lost, duplicated or resurrected
//   -- --seed N            repeats the plan of an earlier run
//   -- --skip-self-test    does not check first that the suite finds deliberate bugs
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runCommand } from '@meower/shared/process/run-command.ts';
import { ResultCounter } from '../../test-runner/result-counter.ts';
import { type Config, loadConfig } from './config.ts';
import { planRounds } from './nemesis/plan.ts';
import { reportTable } from './report/report-table.ts';
import { runScenario } from './scenario.ts';
import { runWithBug, seededBugs } from './self-test/seeded-bugs.ts';
import { type Dependencies, startDependencies } from './system/dependencies.ts';
import { productMains } from './system/system.ts';

const log = (line: string) => process.stdout.write(`${line}\n`);
/** The ports before it belong to the dependencies. */
const FIRST_SERVICE_PORT = 10;
/** How long the system may take to recover after a round. */
const RECOVERY_MS = 90_000;

await runCommand('test:faults', async (signal, args) => {
  const config = loadConfig(args);
  mkdirSync(config.folder, { recursive: true });
  log(`Seed ${config.seed}; to repeat this plan: npm run test:faults -- --seed ${config.seed}`);
  log('Starting Postgres, NATS and Elasticsearch');
  const dependencies = await startDependencies(config);
  try {
    return await runAll(config, dependencies, signal);
  } finally {
    await dependencies.close();
  }
});
// Everything has been reported: a handle that stays open must not keep CI waiting.
process.exit();

async function runAll(config: Config, dependencies: Dependencies, signal: AbortSignal): Promise<number> {
  const firstPort = config.firstPort + FIRST_SERVICE_PORT;
  const common = { ...config, firstPort, signal, log: (line: string) => log(`  ${line}`) };
  const results = new ResultCounter();

  for (const bug of config.selfTest ? seededBugs : []) {
    const { violations, examples } = (await runWithBug(dependencies, bug, common)).verdict;
    const found = violations[bug.expected];
    results.add(`the suite finds ${bug.description} (${found} ${bug.expected})`, found > 0);
    if (found === 0) log(`  it found: ${examples.join('; ') || 'nothing'}`);
  }

  log(`\nFaults for ${config.durationMs / 60_000} min`);
  const report = await runScenario(dependencies, {
    ...common,
    name: 'nemesis',
    mains: productMains,
    recoveryMs: RECOVERY_MS,
    plan: (topology) => planRounds(config.seed, topology),
  });
  const file = join(config.folder, 'report.json');
  writeFileSync(file, `${JSON.stringify(report, undefined, 2)}\n`);
  log(`\n${reportTable(report)}\n`);
  for (const example of report.verdict.examples) log(example);
  results.add(
    'every answered POST is listed, indexed, found and on every page, exactly once; a deleted meow is nowhere',
    report.clean,
  );
  log(`Report: ${file}; logs in the same folder.`);
  return results.finish('faults');
}
