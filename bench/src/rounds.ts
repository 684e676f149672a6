import type { Progress } from './report/progress.ts';

/** Named values of one round, e.g. requests per second and a percentile. */
export type Measurements = Readonly<Record<string, number>>;

/** What is measured: the product, or a reference for it. */
export interface Contender {
  name: string;
  round(): Promise<Measurements>;
}

interface RoundOptions {
  rounds: number;
  progress: Progress;
  /** Names the measurement in the progress line. */
  label: string;
}

/** For each contender, in their order, the measurements of each round. */
export type Rounds = readonly (readonly Measurements[])[];

/**
 * Runs the contenders alternately, because other load on the machine then affects all of them: one warm-up
 * round each, which does not count, then `rounds` that do. Every second round runs in reverse order.
 */
export async function alternate(
  contenders: readonly Contender[],
  { rounds, progress, label }: RoundOptions,
): Promise<Rounds> {
  const results: Measurements[][] = contenders.map(() => []);
  for (let round = 0; round <= rounds; round++) {
    const order = [...contenders.keys()];
    if (round % 2 === 1) order.reverse();
    for (const i of order) {
      const contender = contenders[i] as Contender;
      const step = round === 0 ? 'warm-up' : `round ${round} of ${rounds}`;
      progress(`${label}: ${contender.name}, ${step}`);
      const measurements = await contender.round();
      if (round > 0) results[i]?.push(measurements);
    }
  }
  return results;
}
