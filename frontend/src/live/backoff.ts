const FIRST_MS = 1_000;
const LONGEST_MS = 30_000;
const SHORTEST_MS = 250;

/**
 * How long to wait before attempt number `attempt` (from 0). The span doubles up to half a minute, and the moment in it is
 * left to chance, so that the browsers which lost a server at one moment don't come back at one moment.
 */
export function backoffMs(attempt: number, random: () => number): number {
  const span = Math.min(FIRST_MS * 2 ** attempt, LONGEST_MS);
  return SHORTEST_MS + Math.round(random() * (span - SHORTEST_MS));
}
