import type { Measurements, Rounds } from './rounds.ts';
import { type Summary, summarize } from './statistics.ts';

/** One line of the results table. */
export interface Row {
  measure: string;
  unit: string;
  value: Summary;
  /** What the value is compared with, measured in the same rounds. */
  reference?: { name: string; value: Summary; ratio: Summary };
  target?: Target & { met: boolean };
}

/** A row of a results file, which holds those of several benchmarks. */
export interface BenchmarkRow extends Row {
  benchmark: string;
}

/** Limits for the ratio to the reference or, without a reference, for the value. */
export interface Target {
  atLeast?: number;
  atMost?: number;
}

interface RowOptions {
  measure: string;
  unit: string;
  /** The key in `Measurements`. */
  metric: string;
  target?: Target;
}

/** A row with the first contender's values. */
export function valueRow(rounds: Rounds, { metric, target, ...row }: RowOptions): Row {
  const value = summarize(valuesOf(rounds[0], metric));
  return { ...row, value, target: target && { ...target, met: isMet(target, value.median) } };
}

/**
 * A row that compares the first contender with another, round by round: what disturbs one round disturbs
 * both.
 */
export function ratioRow(
  rounds: Rounds,
  { metric, target, ...row }: RowOptions,
  reference: { name: string; contender: number },
): Row {
  const own = valuesOf(rounds[0], metric);
  const others = valuesOf(rounds[reference.contender], metric);
  const ratio = summarize(own.map((value, i) => value / (others[i] as number)));
  return {
    ...row,
    value: summarize(own),
    reference: { name: reference.name, value: summarize(others), ratio },
    target: target && { ...target, met: isMet(target, ratio.median) },
  };
}

function valuesOf(rounds: readonly Measurements[] | undefined, metric: string): number[] {
  return (rounds ?? []).map((measurements) => measurements[metric] ?? Number.NaN);
}

function isMet({ atLeast = -Infinity, atMost = Infinity }: Target, value: number): boolean {
  return value >= atLeast && value <= atMost;
}
