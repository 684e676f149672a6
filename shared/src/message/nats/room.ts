import type { ConsumerInfo } from 'nats';
import { BrokerUnavailableError } from '../capabilities.ts';
import type { JetStreamConnection } from './connection.ts';
import { settledSeq } from './consumer.ts';
import { type NatsContext, streamOf } from './context.ts';

/** The share of a full stream that is deleted: readers and followers keep most of the history. */
const SHARE = 0.1;

/**
 * Deletes the oldest messages of a full stream that all groups have settled. Rejects with
 * `BrokerUnavailableError`, which names the group, when one has not settled even the oldest.
 */
export async function makeRoom(
  { streams, settings, logger }: Pick<NatsContext, 'streams' | 'settings' | 'logger'>,
  connection: JetStreamConnection,
  topics: readonly string[],
): Promise<void> {
  const stream = streamOf({ settings }, topics);
  const { jsm } = connection;
  const { first, last } = await streams.state(connection, stream);
  let settled = last;
  let slowest = '';
  for await (const consumer of jsm.consumers.list(stream)) {
    if (!isGroup(consumer) || settledSeq(consumer, last) >= settled) continue;
    settled = settledSeq(consumer, last);
    slowest = consumer.name;
  }
  const purgedTo = Math.min(settled, first + Math.floor((last - first) * SHARE));
  if (purgedTo < first)
    throw new BrokerUnavailableError(`${stream} is full of messages that ${slowest} has not handled`);
  const { purged } = await jsm.streams.purge(stream, { seq: purgedTo + 1 });
  logger.info(
    { stream, purged },
    'deleted the oldest messages of a full stream, which all groups had handled',
  );
}

/** Followers and readers have no durable state. */
function isGroup({ config }: ConsumerInfo): boolean {
  return config.durable_name !== undefined;
}
