import type { Random } from '../../../faults/src/seeded-random.ts';
import { BATCHES_PER_SECOND, type Demand, type Measured } from './plan.ts';

export interface Simulated {
  /** The share of the time in which a pusher writes. */
  busy: number;
  /** From the batch of a meow to the write to the last socket that gets it, in milliseconds. */
  halfWithinMs: number;
  mostWithinMs: number;
}

/** The share of the delays that are at most `mostWithinMs`. */
const MOST = 0.99;
const TICK_MS = 1000 / BATCHES_PER_SECOND;

/**
 * One of `pushers` equal pushers, in steps of a batch: meows come at random, each socket that gets one or more of a
 * batch is a write, and what the pusher does not write within the step waits for the next one.
 */
export function simulatePusher(
  measured: Pick<Measured, 'writes'>,
  demand: Pick<Demand, 'sockets' | 'posts' | 'share'>,
  { pushers, seconds, random }: { pushers: number; seconds: number; random: Random },
): Simulated {
  const sockets = demand.sockets / pushers;
  const writesPerTick = measured.writes / BATCHES_PER_SECOND;
  const delaysMs: number[] = [];
  let waiting = 0;
  let written = 0;
  const ticks = seconds * BATCHES_PER_SECOND;
  for (let tick = 0; tick < ticks; tick++) {
    const meows = arrivals(demand.posts / BATCHES_PER_SECOND, random);
    if (meows > 0) {
      waiting += sockets * (1 - (1 - demand.share) ** meows);
      delaysMs.push((waiting / writesPerTick) * TICK_MS);
    }
    const now = Math.min(waiting, writesPerTick);
    written += now;
    waiting -= now;
  }
  delaysMs.sort((a, b) => a - b);
  const within = (share: number) => delaysMs[Math.floor(share * (delaysMs.length - 1))] ?? 0;
  return {
    busy: written / (ticks * writesPerTick),
    halfWithinMs: within(0.5),
    mostWithinMs: within(MOST),
  };
}

/** A number of events that come independently of one another, `mean` on average (a Poisson distribution). */
function arrivals(mean: number, random: Random): number {
  let count = 0;
  for (let passed = -Math.log(1 - random.fraction()); passed < mean; count++)
    passed -= Math.log(1 - random.fraction());
  return count;
}
