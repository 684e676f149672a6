import { randomUUID } from 'node:crypto';
import { connect, type JetStreamManager, type NatsConnection } from 'nats';
import { vi } from 'vitest';
import { type BrokerFixture, type BrokerLimits, LARGE_MESSAGE_BYTES } from '../message/broker.contract.ts';
import { createNatsBroker } from '../message/nats.ts';
import { silentLogger } from './silent-logger.ts';

/** The server counts about this much more for each message than its payload. */
const OVERHEAD_BYTES = 150;
/** And this much for the headers of a dead letter. */
const DEAD_LETTER_BYTES = 400;

/** Brokers with streams of their own on the server at `address`: test files can run concurrently. */
export async function natsFixture(
  address: string,
  topicCount: number,
  limits: BrokerLimits,
): Promise<Omit<BrokerFixture, 'open'> & { open(): Promise<ReturnType<typeof createNatsBroker>> }> {
  const prefix = `test-${randomUUID()}`;
  const topics = Array.from({ length: topicCount }, (_, index) => `${prefix}.topic-${index}`);
  // Two topics in each, as the copies of the contract's tests need them.
  const streams = Object.fromEntries(
    topics.flatMap((topic, i) => (i % 2 ? [] : [[topic.replace('.', '-'), topics.slice(i, i + 2)]])),
  );
  const deadLetters = {
    subject: `${prefix}.dead`,
    stream: `${prefix}-dead`,
    maxBytes: limits.keepDeadLetters * (LARGE_MESSAGE_BYTES + DEAD_LETTER_BYTES),
  };
  const config = {
    address,
    streams,
    deadLetters,
    maxBytes: limits.keepMessages * (LARGE_MESSAGE_BYTES + OVERHEAD_BYTES),
    handlerTimeoutMs: limits.handlerTimeoutMs,
    ackWaitMs: limits.handlerTimeoutMs / 2,
    longestRetryMs: 200,
  };
  const opened: ReturnType<typeof createNatsBroker>[] = [];
  return {
    topics,
    open: async () => {
      const broker = createNatsBroker(config, { logger: silentLogger });
      opened.push(broker);
      await vi.waitFor(() => broker.ping(), { timeout: 15_000, interval: 10 });
      return broker;
    },
    close: async () => {
      await Promise.all(opened.map((broker) => broker.close()));
      await asAdministrator(address, (jsm) => deleteStreams(jsm, `${prefix}.>`));
    },
  };
}

/** A connection of its own, for what a `Broker` cannot do: delete and change streams and consumers. */
export async function asAdministrator<T>(
  address: string,
  act: (jsm: JetStreamManager, connection: NatsConnection) => Promise<T>,
): Promise<T> {
  const connection = await connect({ servers: address.split(',') });
  try {
    return await act(await connection.jetstreamManager(), connection);
  } finally {
    await connection.close();
  }
}

async function deleteStreams(jsm: JetStreamManager, subject: string): Promise<void> {
  for await (const name of jsm.streams.names(subject)) await jsm.streams.delete(name);
}
