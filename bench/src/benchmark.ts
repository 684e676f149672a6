import type { Places } from './fixtures/fixtures.ts';
import type { Progress } from './report/progress.ts';
import type { Row } from './rows.ts';

/** What every question is given. */
export interface Bench {
  places: Places;
  /** Counted rounds of each contender. */
  rounds: number;
  /** Length of a round, in seconds, where it is a matter of time. */
  seconds: number;
  /** Rows of the large tables. */
  rows: number;
  /** Extra arguments for the Node processes under test, e.g. `--cpu-prof`. */
  nodeArgs: readonly string[];
  progress: Progress;
}

/** One question, in one file. Opens what it needs and leaves nothing behind. */
export interface Question {
  name: string;
  /** Real parts without which there is nothing to measure. */
  needs?: readonly ('postgres' | 'nats' | 'elasticsearch')[];
  ask(bench: Bench): Promise<Row[]>;
}
