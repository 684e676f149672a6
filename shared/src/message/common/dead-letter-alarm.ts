import type { Logger } from 'pino';

const INTERVAL_MS = 60_000;

/** Resolves to whether `store` has stored a dead letter. */
export type WatchDeadLetter = (store: () => Promise<unknown>) => Promise<boolean>;

/**
 * Logs that rejected messages cannot be stored as dead letters: the first one immediately, further ones as a
 * number once a minute.
 */
export function createDeadLetterAlarm(
  logger: Pick<Logger, 'error'>,
  nowMs = () => performance.now(),
): WatchDeadLetter {
  let lastMs = Number.NEGATIVE_INFINITY;
  let rejections = 0;
  return async (store) => {
    try {
      await store();
      return true;
    } catch (err) {
      rejections++;
      if (nowMs() - lastMs >= INTERVAL_MS) {
        logger.error({ err, rejections }, 'dead letters cannot be stored: rejected messages are redelivered');
        lastMs = nowMs();
        rejections = 0;
      }
      return false;
    }
  };
}
