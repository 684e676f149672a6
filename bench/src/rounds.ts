import type { Progress } from './report/progress.ts';

/** Named figures of one round, e.g. requests per second and a percentile. */
export type Measured = Readonly<Record<string, number>>;

/** One that is measured: the product, or what it is compared with. */
export interface Contender {
  name: string;
  round(): Promise<Measured>;
}

export interface RoundOptions {
  rounds: number;
  progress: Progress;
  what: string;
}

/** What each contender measured, round by round, in the order of the contenders. */
export type Rounds = readonly (readonly Measured[])[];

/**
 * Lets the contenders take turns, so that what else happens on the machine falls on all of them: one round each that does
 * not count, to warm up, then `rounds` that do. Every second time they go in reverse order.
 */
export async function alternate(
  contenders: readonly Contender[],
  { rounds, progress, what }: RoundOptions,
): Promise<Rounds> {
  const measured: Measured[][] = contenders.map(() => []);
  for (let round = 0; round <= rounds; round++) {
    const order = [...contenders.keys()];
    if (round % 2 === 1) order.reverse();
    for (const i of order) {
      const { name, round: measure } = contenders[i] as Contender;
      progress(`${what}: ${name}, ${round === 0 ? 'warming up' : `round ${round} of ${rounds}`}`);
      const result = await measure();
      if (round > 0) measured[i]?.push(result);
    }
  }
  return measured;
}
