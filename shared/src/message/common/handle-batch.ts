import type { Logger } from 'pino';
import { traceIdOf } from '../../tracing/trace-id.ts';
import type { BatchHandler } from '../capabilities.ts';
import type { OpenDelivery } from './open-delivery.ts';

interface HandlingOptions {
  timeoutMs: number;
  onTimeout?: () => void;
  /** Its signal goes to the handler. The caller aborts it when the broker revokes the batch. */
  revoked?: AbortController;
  logger: Pick<Logger, 'error'>;
}

/**
 * Runs `handler` on a batch and settles what it left open, as `BatchHandler` promises. A handler that is
 * still running after `timeoutMs` loses its batch to the other members. Resolves when the handler has ended
 * and all is settled. Never rejects.
 */
export async function handleBatch(
  batch: readonly OpenDelivery[],
  handler: BatchHandler,
  { timeoutMs, onTimeout, revoked = new AbortController(), logger }: HandlingOptions,
): Promise<void> {
  const timer = setTimeout(() => {
    logger.error({ timeoutMs, messages: batch.length }, 'a handler timed out: its messages are redelivered');
    for (const delivery of batch) delivery.nack(0);
    revoked.abort(new Error(`the handler took longer than ${timeoutMs} ms`));
    onTimeout?.();
  }, timeoutMs);
  try {
    await handler(batch, revoked.signal);
    for (const delivery of batch) delivery.ack();
  } catch (err) {
    const { topic, position, metadata = {} } = batch[0] ?? {};
    logger.error(
      { err, messages: batch.length, topic, position, trace_id: traceIdOf(metadata) },
      'a handler failed: its messages are redelivered',
    );
    for (const delivery of batch) delivery.nack();
  } finally {
    clearTimeout(timer);
  }
  for (const delivery of batch) await delivery.settled;
}
