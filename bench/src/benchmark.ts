import type { DependencyName } from './fixtures/addresses.ts';
import type { Fixtures } from './fixtures/fixtures.ts';
import type { Progress } from './report/progress.ts';
import type { Row } from './rows.ts';

export interface BenchmarkContext {
  /** Creates a database, stream and index for this benchmark where real servers are available. */
  fixtures(...names: DependencyName[]): Promise<Fixtures>;
  /** Counted rounds of each contender. */
  rounds: number;
  /** Length of a round, in seconds, for rounds that are limited by time. */
  seconds: number;
  /** Rows of the large tables. */
  rows: number;
  /** Extra arguments for the Node processes under test, e.g. `--cpu-prof`. */
  nodeArgs: readonly string[];
  progress: Progress;
}

/** Answers one question about speed. Opens what it needs, and closes all of it. */
export interface Benchmark {
  name: string;
  /** Real dependencies without which there is nothing to measure. */
  needs?: readonly DependencyName[];
  run(context: BenchmarkContext): Promise<Row[]>;
}
