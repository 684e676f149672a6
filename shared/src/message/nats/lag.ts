import type { Lag } from '../capabilities.ts';
import { findConsumer } from './consumer.ts';
import { type NatsContext, streamOf } from './context.ts';
import { readTopics } from './reader.ts';

/** As `LagReader.lag`. */
export async function readLag(context: NatsContext, topics: readonly string[], group: string): Promise<Lag> {
  const stream = streamOf(context, topics);
  const { epoch, messages: stored } = await context.streams.state(context.connector.get(), stream);
  const consumer = await findConsumer(context, { stream, epoch, group });
  const messages = consumer ? consumer.num_pending + consumer.num_ack_pending : stored;
  if (messages === 0) return { messages, oldestAgeMs: 0 };
  const settled = epoch + (consumer?.ack_floor.stream_seq ?? 0);
  const [oldest] = await readTopics(context, { stream, topics }, settled, 1);
  // Clocks differ.
  return { messages, oldestAgeMs: oldest ? Math.max(0, Date.now() - oldest.publishedAt.getTime()) : 0 };
}
