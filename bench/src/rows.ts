import type { Measured, Rounds } from './rounds.ts';
import { type Figure, figure } from './statistics.ts';

/** One line of the table. */
export interface Row {
  question: string;
  measure: string;
  unit: string;
  value: Figure;
  /** What the value is held against, measured in the same rounds. */
  reference?: { name: string; value: Figure; ratio: Figure };
  /** What the row should reach, and whether it does. */
  reach?: Reach & { met: boolean };
}

/** A bound of the ratio to the reference or, without one, of the value. */
export interface Reach {
  atLeast?: number;
  atMost?: number;
}

export interface RowOptions {
  question: string;
  measure: string;
  unit: string;
  /** Which of the figures. */
  of: string;
  reach?: Reach;
}

/** A row of what the first contender measured. */
export function plainRow(rounds: Rounds, { of, reach, ...row }: RowOptions): Row {
  const value = figure(values(rounds[0], of));
  return { ...row, value, reach: reach && { ...reach, met: isMet(reach, value.median) } };
}

/** A row of the first contender against another. The ratio is taken round by round: neighbours in time are alike. */
export function ratioRow(
  rounds: Rounds,
  { of, reach, ...row }: RowOptions,
  reference: { name: string; contender: number; of?: string },
): Row {
  const own = values(rounds[0], of);
  const others = values(rounds[reference.contender], reference.of ?? of);
  const ratio = figure(own.map((value, i) => value / (others[i] as number)));
  return {
    ...row,
    value: figure(own),
    reference: { name: reference.name, value: figure(others), ratio },
    reach: reach && { ...reach, met: isMet(reach, ratio.median) },
  };
}

function values(rounds: readonly Measured[] | undefined, of: string): number[] {
  return (rounds ?? []).map((measured) => measured[of] ?? Number.NaN);
}

function isMet({ atLeast = -Infinity, atMost = Infinity }: Reach, value: number): boolean {
  return value >= atLeast && value <= atMost;
}
