import { sleep } from '../async/sleep.ts';
import { HttpError } from './errors.ts';

interface AtLeastOptions {
  /** Whether the read side has the write at this position, or a later one. Undefined if it is no position. */
  has(position: string): Promise<boolean> | undefined;
  /** An example of a position, for the sentence about a wrong one. */
  example: string;
  timeoutMs: number;
}

const PAUSE_MS = 20;
/** Requests that wait. */
const MAX_WAITING = 1000;

/**
 * For clients that read their own writes: waits for the position in `?at_least=`, if there is one. Throws 503 when it
 * has not come in time, or when too many requests wait.
 */
export function createAtLeast({ has, example, timeoutMs }: AtLeastOptions) {
  let waiting = 0;
  return async (position: string | undefined): Promise<void> => {
    if (position === undefined) return;
    if (waiting >= MAX_WAITING) throw new HttpError(503, 'Too many requests wait for a write, try again');
    waiting++;
    try {
      for (const deadline = performance.now() + timeoutMs; ; ) {
        const isThere = has(position);
        if (isThere === undefined)
          throw new HttpError(400, `at_least must be the position of a write, such as ${example}`);
        if (await isThere) return;
        if (performance.now() > deadline)
          throw new HttpError(503, `${position} has not arrived yet, try again`);
        await sleep(PAUSE_MS);
      }
    } finally {
      waiting--;
    }
  };
}
