import { type ConsumerInfo, NatsError } from 'nats';
import type { LossReport } from '../capabilities.ts';
import { lossReport } from '../common/loss-report.ts';
import { type JetStreamConnection, translateErrors } from './connection.ts';
import { type NatsContext, streamOf } from './context.ts';
import { consumerName } from './member.ts';

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
  const connection = context.connector.get();
  const { epoch, first, last } = await context.streams.state(connection, stream);
  const start = epoch + Math.max(0, first - 1);
  const consumer = await translateErrors(
    findConsumer(connection, stream, consumerName(context.settings, group, epoch)),
  );
  const settled = epoch + (consumer ? settledSeq(consumer, last) : 0);
  return lossReport(since, start, settled);
}

/** `last`: of the stream, read before. Messages of other topics do not move the ack floor. */
export function settledSeq({ num_pending, num_ack_pending, ack_floor }: ConsumerInfo, last: number): number {
  return num_pending + num_ack_pending === 0 ? last : ack_floor.stream_seq;
}

export async function findConsumer(
  { jsm }: JetStreamConnection,
  stream: string,
  name: string,
): Promise<ConsumerInfo | undefined> {
  try {
    return await jsm.consumers.info(stream, name);
  } catch (err) {
    if (err instanceof NatsError && err.api_error?.err_code === CONSUMER_NOT_FOUND) return undefined;
    throw err;
  }
}

const CONSUMER_NOT_FOUND = 10014;
