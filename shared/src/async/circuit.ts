import { errorMessage } from '../process/error-details.ts';
import type { Logger } from '../process/logger.ts';
import { abortable } from './abortable.ts';
import { runInBackground } from './background-task.ts';
import type { Closable } from './closable.ts';
import { sleep } from './sleep.ts';
import { withTimeout } from './with-timeout.ts';

interface CircuitOptions {
  /** Of the dependency, for the log. */
  name: string;
  /** Asks the dependency. It may fail, but one that does not end within a second has failed. */
  probe(): Promise<unknown>;
  /** Whether a failure means that the dependency may be away. */
  isAway(error: unknown): boolean;
  /** What callers get for such a failure, and while the circuit is open. */
  toError(cause: unknown): Error;
  logger: Pick<Logger, 'warn'>;
}

/**
 * Stops calling a dependency that does not answer. A call that fails as if the dependency was away starts probes;
 * when one gets no answer, the circuit opens: calls in progress and new ones are rejected immediately. It closes
 * with the first answer, be it a refusal: calls fail as quickly by themselves then. So no call has to wait to find
 * out whether the dependency is back, and one lost connection rejects no other call.
 */
export interface Circuit extends Closable {
  run<T>(work: () => Promise<T>): Promise<T>;
}

const PROBE_TIMEOUT_MS = 1000;
const PROBE_EVERY_MS = 500;

export function createCircuit({ name, probe, isAway, toError, logger }: CircuitOptions): Circuit {
  /** Aborted while the circuit is open. */
  let opened = new AbortController();
  let probing: Closable | undefined;
  let closed = false;

  const answers = async (): Promise<boolean> => {
    const answered = probe().catch(() => undefined);
    try {
      await withTimeout(answered, PROBE_TIMEOUT_MS);
      return true;
    } catch (error) {
      if (!opened.signal.aborted) {
        logger.warn(`${name} is unavailable: requests that need it are refused (${errorMessage(error)})`);
        opened.abort(toError(error));
      }
      return false;
    }
  };
  const probeUntilItAnswers = async (signal: AbortSignal) => {
    while (!(await answers())) {
      await sleep(PROBE_EVERY_MS, signal);
      if (signal.aborted) return;
    }
    probing = undefined;
    if (!opened.signal.aborted) return;
    opened = new AbortController();
    logger.warn(`${name} answers again`);
  };

  return {
    async run(work) {
      const { signal } = opened;
      signal.throwIfAborted();
      try {
        return await abortable(work(), signal);
      } catch (error) {
        if (signal.aborted || !isAway(error)) throw error;
        if (!closed) probing ??= runInBackground(probeUntilItAnswers);
        throw toError(error);
      }
    },
    async close() {
      closed = true;
      await probing?.close();
    },
  };
}
