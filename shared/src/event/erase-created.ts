import { creationTimeOf } from '../meow/meow-id.ts';
import type { Eraser } from '../message/capabilities.ts';
import { meowCreated } from './meow-events.ts';

/** Longer than the clocks of two machines differ. */
const CLOCK_SKEW_MS = 60_000;

/**
 * Removes from the broker what it holds of deleted meows: the events that created them, in the stream and in
 * the dead letters. Resolves to how many were removed.
 */
export async function eraseCreated(eraser: Eraser, ids: ReadonlySet<string>): Promise<number> {
  const first = Math.min(...[...ids].map((id) => creationTimeOf(id).getTime()));
  return eraser.erase(meowCreated.name, ids, new Date(first - CLOCK_SKEW_MS));
}
