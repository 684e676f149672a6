import { bulkhead } from 'cockatiel';
import { withTimeout } from '../../async/with-timeout.ts';
import { BrokerUnavailableError, RefusedError } from '../capabilities.ts';

/** Pieces that are sent and not confirmed yet. */
const MAX_IN_FLIGHT = 64;
/** Calls that wait until there are fewer. */
const MAX_WAITING = 10_000;

/**
 * Sends pieces of what is published, a bounded number at a time and those of one call in order. A piece that
 * `send` rejects, or that takes longer than `timeoutMs`, fails as unavailable.
 */
export function createPublishQueue<P>(
  server: string,
  timeoutMs: number,
  send: (piece: P) => Promise<unknown>,
) {
  const inFlight = bulkhead(MAX_IN_FLIGHT, MAX_WAITING);
  const calls = new Set<Promise<void>>();
  const tooLate = () => new BrokerUnavailableError(`${server} did not confirm within ${timeoutMs} ms`);

  const sendAll = async (pieces: readonly P[]) => {
    try {
      for (const piece of pieces) await inFlight.execute(() => withTimeout(send(piece), timeoutMs, tooLate));
    } catch (cause) {
      if (cause instanceof BrokerUnavailableError || cause instanceof RefusedError) throw cause;
      throw new BrokerUnavailableError(`${server}: ${(cause as Error).message}`, { cause });
    }
  };

  return {
    /** Resolves when all are confirmed. Rejects as `Publisher.publish` does. */
    publish(pieces: readonly P[]): Promise<void> {
      const call = sendAll(pieces).finally(() => calls.delete(call));
      calls.add(call);
      return call;
    },
    /** Resolves when the calls made so far have ended, well or not. */
    async settled(): Promise<void> {
      await Promise.allSettled(calls);
    },
  };
}
