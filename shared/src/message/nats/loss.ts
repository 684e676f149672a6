import type { LossReport } from '../capabilities.ts';
import { lossReport } from '../common/loss-report.ts';
import { findConsumer, settledSeq } from './consumer.ts';
import { type NatsContext, streamOf } from './context.ts';

/**
 * As `LossDetector.detectLoss`. A checkpoint is the number up to which the group had settled everything: if
 * the stream begins later by now, what is between may be gone. The server itself forgets the difference: it
 * moves the group to the beginning of the stream.
 */
export async function detectLoss(
  context: NatsContext,
  topics: readonly string[],
  group: string,
  since: string | undefined,
): Promise<LossReport> {
  const stream = streamOf(context, topics);
  const { epoch, first, last } = await context.streams.state(context.connector.get(), stream);
  const start = epoch + Math.max(0, first - 1);
  const consumer = await findConsumer(context, { stream, epoch, group });
  return lossReport(since, start, epoch + (consumer ? settledSeq(consumer, last) : 0));
}
