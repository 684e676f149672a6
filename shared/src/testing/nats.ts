import { randomUUID } from 'node:crypto';
import { connect, type JetStreamManager } from 'nats';
import { vi } from 'vitest';
import { type BrokerNeeds, type BrokerParts, CUT_MESSAGE_BYTES } from '../message/broker.contract.ts';
import type { Broker } from '../message/broker.ts';
import { createNatsBroker } from '../message/nats.ts';
import { silentLogger } from './silent-logger.ts';

/** Streams of its own on the server at `address`, so that test files run side by side. */
export async function natsParts(address: string, needs: BrokerNeeds): Promise<BrokerParts> {
  const prefix = `test-${randomUUID()}`;
  const topics = Array.from({ length: needs.topics }, (_, index) => `${prefix}.topic-${index}`);
  const streams = Object.fromEntries(topics.map((topic) => [topic, topic.replace('.', '-')]));
  const deadLetters = { subject: `${prefix}.dead`, stream: `${prefix}-dead`, maxBytes: 16 * 1024 ** 2 };
  const config = {
    address,
    streams,
    deadLetters,
    // The server counts about this much more for each message.
    maxBytes: needs.keepMessages * (CUT_MESSAGE_BYTES + 100),
    handlerTimeoutMs: needs.handlerTimeoutMs,
    ackWaitMs: needs.handlerTimeoutMs / 2,
    retryMs: 200,
  };
  const opened: Broker[] = [];
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
      await asAdministrator(address, (jsm) => removeStreams(jsm, `${prefix}.>`));
    },
  };
}

/** Connects by itself, for what a `Broker` cannot do: remove and spoil streams and consumers. */
export async function asAdministrator<T>(
  address: string,
  act: (jsm: JetStreamManager) => Promise<T>,
): Promise<T> {
  const connection = await connect({ servers: address.split(',') });
  try {
    return await act(await connection.jetstreamManager());
  } finally {
    await connection.close();
  }
}

async function removeStreams(jsm: JetStreamManager, subject: string): Promise<void> {
  for await (const name of jsm.streams.names(subject)) await jsm.streams.delete(name);
}
