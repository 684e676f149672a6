import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runCommand } from '@meower/shared/process/run-command.ts';
import { benchmarks } from './benchmarks/all-benchmarks.ts';
import { compare } from './compare/compare.ts';
import { type DependencyName, findAddresses } from './fixtures/addresses.ts';
import { createFixtures } from './fixtures/fixtures.ts';
import { readOptions, USAGE } from './options.ts';
import { csv } from './report/csv.ts';
import { describeRun } from './report/describe-run.ts';
import { markdownTable } from './report/markdown-table.ts';
import { createProgress } from './report/progress.ts';
import type { BenchmarkRow } from './rows.ts';

/** How often `--compare` runs each benchmark on each revision. */
const COMPARISON_TURNS = 3;

await runCommand('bench', async (signal, args) => {
  const options = readOptions(
    args,
    benchmarks.map(({ name }) => name),
  );
  if (options.help) {
    process.stdout.write(USAGE);
    return 0;
  }
  const { progress, clear } = createProgress(process.stderr);
  if (options.compare) {
    const { names, compare: revision, rounds, seconds, rows } = options;
    const args = ['--rounds', `${rounds}`, '--seconds', `${seconds}`, '--rows', `${rows}`];
    const compared = await compare({ revision, names, args, turns: COMPARISON_TURNS, signal, progress });
    clear();
    console.log(markdownTable(compared));
    return 0;
  }
  const addresses = findAddresses();
  const run = await describeRun(addresses);
  for (const [name, value] of Object.entries(run)) console.log(`${name}: ${value}`);

  const allRows: BenchmarkRow[] = [];
  for (const benchmark of benchmarks.filter(({ name }) => options.names.includes(name))) {
    signal.throwIfAborted();
    const { name, needs = [] } = benchmark;
    const missing = needs.filter((dependency) => addresses[dependency] === undefined);
    if (missing.length > 0) {
      console.log(`\n${name}: skipped, it needs a real ${missing.join(' and ')}`);
      continue;
    }
    const fixtures = (...dependencies: DependencyName[]) => createFixtures(addresses, dependencies);
    const rows = await benchmark.run({ ...options, fixtures, progress });
    clear();
    console.log(`\n${name}\n${markdownTable(rows)}`);
    allRows.push(...rows.map((row) => ({ benchmark: name, ...row })));
  }
  if (options.out) {
    await mkdir(options.out, { recursive: true });
    const facts = Object.entries(run).map(([fact, value]) => `- ${fact}: ${value}`);
    await writeFile(join(options.out, 'results.md'), `${facts.join('\n')}\n\n${markdownTable(allRows)}\n`);
    await writeFile(join(options.out, 'results.csv'), csv(allRows));
    await writeFile(join(options.out, 'results.json'), JSON.stringify(allRows, undefined, 2));
  }
  return 0;
});
