import { backoffMs } from '@meower/shared/async/backoff.ts';
import { sleep } from '@meower/shared/async/sleep.ts';
import type { Meow } from '@meower/shared/meow/meow.ts';
import type { IndexOutcome, SearchRepository } from '@meower/shared/search/search-repository.ts';

export interface IndexAllOptions extends Pick<SearchRepository, 'insertMeows'> {
  signal: AbortSignal;
  /** The engine will never take this meow. */
  onRefused(meow: Meow, reason: string): void;
  /** The engine is too busy for so many of the meows; they are sent again after the delay. */
  onBusy(meows: number, reason: string, retryInMs: number): void;
}

const BUSY = { firstMs: 250, longestMs: 10_000 };

/**
 * Indexes meows until the engine has accepted or refused each. Rejects with what `insertMeows` throws, or
 * with the signal's reason.
 */
export async function indexAll(meows: readonly Meow[], options: IndexAllOptions): Promise<void> {
  const { signal, onRefused, onBusy } = options;
  let pending = meows;
  for (let attempt = 1; pending.length > 0; attempt++) {
    signal.throwIfAborted();
    const outcomes = await options.insertMeows(pending);
    const busy: Meow[] = [];
    let reason = '';
    for (const [i, meow] of pending.entries()) {
      const outcome = outcomes[i] as IndexOutcome; // one for each meow
      if (outcome.status === 'refused') onRefused(meow, outcome.reason);
      if (outcome.status === 'busy') {
        busy.push(meow);
        reason = outcome.reason;
      }
    }
    pending = busy;
    if (busy.length > 0) {
      const retryInMs = backoffMs(attempt, BUSY);
      onBusy(busy.length, reason, retryInMs);
      await sleep(retryInMs, signal);
    }
  }
}
