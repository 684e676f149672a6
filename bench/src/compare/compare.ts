import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Progress } from '../report/progress.ts';
import type { BenchmarkRow } from '../rows.ts';
import { summarize } from '../statistics.ts';
import { openWorktree } from './worktree.ts';

const run = promisify(execFile);
const ROOT = fileURLToPath(new URL('../../..', import.meta.url));

interface CompareOptions {
  revision: string;
  names: readonly string[];
  /** Arguments for each run. */
  args: readonly string[];
  /** How often each revision runs each benchmark. */
  turns: number;
  signal: AbortSignal;
  progress: Progress;
}

/**
 * Rows of this checkout with the other revision as reference. The two run each benchmark alternately, in
 * separate processes.
 */
export async function compare(options: CompareOptions): Promise<BenchmarkRow[]> {
  const { revision, names, args, turns, signal, progress } = options;
  await using other = await openWorktree(ROOT, revision);
  const rows: BenchmarkRow[] = [];
  for (const name of names) {
    const own: BenchmarkRow[][] = [];
    const others: BenchmarkRow[][] = [];
    for (let turn = 1; turn <= turns; turn++) {
      progress(`${name}: this checkout, turn ${turn} of ${turns}`);
      own.push(await runBenchmark(ROOT, name, args, signal));
      progress(`${name}: ${revision}, turn ${turn} of ${turns}`);
      others.push(await runBenchmark(other.path, name, args, signal));
    }
    rows.push(...compareRows(own, others, revision));
  }
  return rows;
}

async function runBenchmark(
  root: string,
  name: string,
  args: readonly string[],
  signal: AbortSignal,
): Promise<BenchmarkRow[]> {
  const out = await mkdtemp(join(tmpdir(), 'meower-bench-'));
  try {
    await run(process.execPath, ['bench/src/main.ts', name, ...args, '--out', out], { cwd: root, signal });
    return JSON.parse(await readFile(join(out, 'results.json'), 'utf8'));
  } finally {
    await rm(out, { recursive: true });
  }
}

/** One row for each measure that both revisions have, from the medians of every turn. */
export function compareRows(
  own: BenchmarkRow[][],
  others: BenchmarkRow[][],
  revision: string,
): BenchmarkRow[] {
  const first = (own[0] ?? []).filter(
    ({ measure }, i, all) => all.findIndex((row) => row.measure === measure) === i,
  );
  return first.flatMap(({ benchmark, measure, unit }) => {
    const medians = (turns: BenchmarkRow[][]) =>
      turns.flatMap((rows) => rows.find((row) => row.measure === measure)?.value.median ?? []);
    const [ours, theirs] = [medians(own), medians(others)];
    if (ours.length === 0 || ours.length !== theirs.length) return [];
    const ratio = summarize(ours.map((value, i) => value / (theirs[i] as number)));
    const reference = { name: revision, value: summarize(theirs), ratio };
    return [{ benchmark, measure, unit, value: summarize(ours), reference }];
  });
}
