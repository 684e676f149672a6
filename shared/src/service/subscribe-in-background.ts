import { runInBackground } from '../async/background-task.ts';
import type { Closable } from '../async/closable.ts';
import { retryForever } from '../async/retry.ts';
import { untilAborted } from '../async/sleep.ts';
import type { Subscription } from '../message/capabilities.ts';
import type { Logger } from '../process/logger.ts';

interface SubscribeOptions<S extends Subscription> {
  /** What `subscribe` does, for the log: "start indexing". */
  what: string;
  logger: Logger;
  /** What goes on while the subscription is open. It ends when the signal aborts. */
  whileSubscribed?(subscription: S, signal: AbortSignal): Promise<void>;
}

/** A subscription that is made in the background. `close` ends it, also while it waits for the broker. */
export interface BackgroundSubscription extends Closable {
  readonly isSubscribed: boolean;
}

/** Subscribes as soon as the broker can be reached: failures are logged, and tried again. */
export function subscribeInBackground<S extends Subscription>(
  subscribe: () => Promise<S>,
  { what, logger, whileSubscribed }: SubscribeOptions<S>,
): BackgroundSubscription {
  let isSubscribed = false;
  const background = runInBackground(async (signal) => {
    const attempt = async () => {
      const subscription = await subscribe();
      // It may have taken until after `close`, which did not wait for it.
      if (signal.aborted) await subscription.close();
      return subscription;
    };
    const subscription = await retryForever(attempt, { what, logger, signal });
    isSubscribed = true;
    try {
      await Promise.all([untilAborted(signal), whileSubscribed?.(subscription, signal)]);
    } finally {
      await subscription.close();
    }
  });
  return {
    get isSubscribed() {
      return isSubscribed;
    },
    close: background.close,
  };
}
