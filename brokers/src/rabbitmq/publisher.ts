import { BrokerUnavailableError, type Message, RefusedError } from '@meower/shared/message/capabilities.ts';
import { toPieces } from '@meower/shared/message/common/pieces.ts';
import { createPublishQueue } from '@meower/shared/message/common/publish-queue.ts';
import type { ConfirmChannel, Options } from 'amqplib';
import { assertName, encode } from './codec.ts';
import type { RabbitSettings } from './config.ts';
import type { RabbitConnection } from './connection.ts';
import { declareGroup, declareTopic } from './topology.ts';

interface Outgoing {
  id: string;
  content: Buffer;
  options: Options.Publish;
}

interface Piece {
  exchange: string;
  routingKey: string;
  messages: readonly Outgoing[];
}

const PIECE = { maxItems: 256, maxBytes: 1024 ** 2 };

export type RabbitPublisher = ReturnType<typeof createPublisher>;

/** Publishes with confirmation, on one channel, which it opens again after each loss. */
export function createPublisher(connection: RabbitConnection, settings: RabbitSettings) {
  const { groups, maxMessageBytes, publishTimeoutMs } = settings;
  let opening: Promise<ConfirmChannel> | undefined;
  /** Of the open channel. */
  let declared = new Map<string, Promise<void>>();
  /** How often messages with an id came back, because no queue takes them, and are not confirmed yet. */
  let returned = new Map<string, number>();

  const toOutgoing = (message: Message, own?: Record<string, string>): Outgoing => {
    const { buffer, byteOffset, length } = message.payload;
    assertName('id', message.id);
    if (length > maxMessageBytes)
      throw new RefusedError(`message ${message.id} has ${length} bytes, more than ${maxMessageBytes}`);
    return {
      id: message.id,
      content: Buffer.from(buffer, byteOffset, length),
      options: encode(message, own),
    };
  };

  const openChannel = () => {
    opening ??= connection.confirmChannel().then(
      (channel) => {
        declared = new Map();
        returned = new Map();
        channel.on('close', () => {
          opening = undefined;
        });
        channel.on('return', ({ properties: { messageId } }) => {
          returned.set(messageId, (returned.get(messageId) ?? 0) + 1);
        });
        return channel;
      },
      (error: unknown) => {
        opening = undefined;
        throw error;
      },
    );
    return opening;
  };

  const declareWithGroups = async (channel: ConfirmChannel, topic: string) => {
    await declareTopic(channel, topic);
    for (const [group, topics] of Object.entries(groups))
      if (topics.includes(topic)) await declareGroup(channel, group, topics, settings);
  };
  /** With the groups that are known to have the topic. */
  const declare = (channel: ConfirmChannel, topic: string) => {
    const declaring = declared.get(topic) ?? declareWithGroups(channel, topic);
    declared.set(topic, declaring);
    return declaring;
  };

  /** The server returns a message before it confirms it. */
  const isReturned = (id: string): boolean => {
    const count = returned.get(id);
    if (!count) return false;
    if (count === 1) returned.delete(id);
    else returned.set(id, count - 1);
    return true;
  };

  const queue = createPublishQueue<Piece>(
    'RabbitMQ',
    publishTimeoutMs,
    async ({ exchange, routingKey, messages }) => {
      connection.assertConnected();
      const channel = await openChannel();
      if (exchange) await declare(channel, exchange);
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      let open = messages.length;
      let failure: Error | undefined;
      for (const { id, content, options } of messages) {
        channel.publish(exchange, routingKey, content, options, (err: Error | null) => {
          if (err) failure ??= err;
          else if (isReturned(id))
            failure ??= new BrokerUnavailableError(
              `no group has subscribed to ${exchange || routingKey} yet`,
            );
          if (--open > 0) return;
          if (failure) reject(failure);
          else resolve();
        });
      }
      await promise;
    },
  );

  return {
    async publish(topic: string, messages: readonly Message[]): Promise<void> {
      assertName('topic', topic);
      const outgoing = messages.map((message) => toOutgoing(message));
      const pieces = toPieces(outgoing, ({ content }) => content.length, PIECE);
      await queue.publish(pieces.map((piece) => ({ exchange: topic, routingKey: '', messages: piece })));
    },

    /** To one queue. */
    async send(name: string, message: Message, own: Record<string, string>): Promise<void> {
      await queue.publish([{ exchange: '', routingKey: name, messages: [toOutgoing(message, own)] }]);
    },

    settled: queue.settled,
  };
}
