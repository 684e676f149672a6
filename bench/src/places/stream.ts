import { randomBytes } from 'node:crypto';
import type { NatsConfig } from '@meower/shared/message/nats/config.ts';
import { connect } from 'nats';

/** Which topic the events go by: the server may hold those of others, whose stream takes the product's own topic. */
export interface StreamConfig {
  nats: NatsConfig;
  topic: string;
}

export interface Stream extends AsyncDisposable {
  config: StreamConfig;
}

/** Names for a stream of the bench's own on the server at `address`; the product creates it. */
export async function createStream(address: string): Promise<Stream> {
  const name = `meower-bench-${randomBytes(6).toString('hex')}`;
  const topic = `${name}.created`;
  const deadLetters = { subject: `${name}.dead`, stream: `${name}-dead`, maxBytes: 16 * 1024 ** 2 };
  return {
    config: { topic, nats: { address, streams: { [topic]: name }, deadLetters } },
    async [Symbol.asyncDispose]() {
      const connection = await connect({ servers: address });
      const jsm = await connection.jetstreamManager();
      const streams = await jsm.streams.names().next();
      for (const stream of streams) if (stream.startsWith(name)) await jsm.streams.delete(stream);
      await connection.close();
    },
  };
}
