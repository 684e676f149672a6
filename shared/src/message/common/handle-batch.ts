import type { Logger } from 'pino';
import type { Delivery } from '../message.ts';
import type { OpenDelivery } from './open-delivery.ts';

export interface HandlingOptions {
  timeoutMs: number;
  onTimeout?: () => void;
  logger: Pick<Logger, 'error'>;
}

/**
 * Runs `handler` on a batch and settles what it left open, as `Subscriber.consume` promises. A handler that
 * is still running after `timeoutMs` loses its batch to the other members. Resolves when the handler has
 * ended and all is settled. Never rejects.
 */
export async function handleBatch(
  batch: readonly OpenDelivery[],
  handler: (batch: readonly Delivery[]) => Promise<void>,
  { timeoutMs, onTimeout, logger }: HandlingOptions,
): Promise<void> {
  const timer = setTimeout(() => {
    logger.error({ timeoutMs, messages: batch.length }, 'a handler timed out: its messages are redelivered');
    for (const delivery of batch) delivery.nack(0);
    onTimeout?.();
  }, timeoutMs);
  try {
    await handler(batch);
    for (const delivery of batch) delivery.ack();
  } catch (err) {
    logger.error(
      { err, messages: batch.length, seq: batch[0]?.seq },
      'a handler failed: its messages are redelivered',
    );
    for (const delivery of batch) delivery.nack();
  } finally {
    clearTimeout(timer);
  }
  for (const delivery of batch) await delivery.settled;
}
