import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runCommand } from '@meower/shared/process/run-command.ts';
import { questions } from './benchmarks/all-benchmarks.ts';
import { compare } from './compare/compare.ts';
import { findPlaces } from './fixtures/fixtures.ts';
import { readOptions, USAGE } from './options.ts';
import { csv } from './report/csv.ts';
import { describeRun } from './report/describe-run.ts';
import { table } from './report/markdown-table.ts';
import { createProgress } from './report/progress.ts';
import type { Row } from './rows.ts';

/** Of each revision, when two are compared. */
const TURNS = 3;

await runCommand('bench', async (signal, args) => {
  const options = readOptions(
    args,
    questions.map(({ name }) => name),
  );
  if (options.help) {
    process.stdout.write(USAGE);
    return 0;
  }
  const { progress, clear } = createProgress(process.stderr);
  if (options.compare) {
    const { names, compare: revision, rounds, seconds, rows } = options;
    const passedOn = ['--rounds', `${rounds}`, '--seconds', `${seconds}`, '--rows', `${rows}`];
    const compared = await compare({ revision, names, args: passedOn, turns: TURNS, signal, progress });
    clear();
    console.log(table(compared));
    return 0;
  }
  const places = findPlaces();
  const run = await describeRun(places);
  for (const [name, value] of Object.entries(run)) console.log(`${name}: ${value}`);

  const all: Row[] = [];
  for (const { name, needs = [], ask } of questions.filter(({ name }) => options.names.includes(name))) {
    signal.throwIfAborted();
    const missing = needs.filter((part) => places.addresses[part] === undefined);
    if (missing.length > 0) {
      console.log(`\n${name}: not asked, it needs a real ${missing.join(' and ')}`);
      continue;
    }
    const rows = await ask({ ...options, places, progress });
    clear();
    console.log(`\n${name}\n${table(rows)}`);
    all.push(...rows);
  }
  if (options.out) {
    await mkdir(options.out, { recursive: true });
    const facts = Object.entries(run).map(([fact, value]) => `- ${fact}: ${value}`);
    await writeFile(join(options.out, 'results.md'), `${facts.join('\n')}\n\n${table(all)}\n`);
    await writeFile(join(options.out, 'results.csv'), csv(all));
    await writeFile(join(options.out, 'results.json'), JSON.stringify(all, undefined, 2));
  }
  return 0;
});
