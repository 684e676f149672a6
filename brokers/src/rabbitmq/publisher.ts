import { BrokerUnavailableError, type Message, RefusedError } from '@meower/shared/message/capabilities.ts';
import { toPieces } from '@meower/shared/message/common/pieces.ts';
import { PublishQueue } from '@meower/shared/message/common/publish-queue.ts';
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

/** Publishes with confirmation, on one channel, which it opens again after each loss. */
export class RabbitPublisher {
  readonly #connection: RabbitConnection;
  readonly #settings: RabbitSettings;
  readonly #queue: PublishQueue<Piece>;
  #channel: Promise<ConfirmChannel> | undefined;
  /** Of the open channel. */
  #declared = new Map<string, Promise<void>>();
  /** How often messages with an id came back, because no queue takes them, and are not confirmed yet. */
  #returned = new Map<string, number>();

  constructor(connection: RabbitConnection, settings: RabbitSettings) {
    this.#connection = connection;
    this.#settings = settings;
    this.#queue = new PublishQueue('RabbitMQ', settings.publishTimeoutMs, (piece) => this.#send(piece));
  }

  async publish(topic: string, messages: readonly Message[]): Promise<void> {
    assertName('topic', topic);
    const outgoing = messages.map((message) => this.#toOutgoing(message));
    const pieces = toPieces(outgoing, ({ content }) => content.length, PIECE);
    await this.#queue.publish(pieces.map((piece) => ({ exchange: topic, routingKey: '', messages: piece })));
  }

  /** To one queue. */
  async send(queue: string, message: Message, own: Record<string, string>): Promise<void> {
    const messages = [this.#toOutgoing(message, own)];
    await this.#queue.publish([{ exchange: '', routingKey: queue, messages }]);
  }

  settled(): Promise<void> {
    return this.#queue.settled();
  }

  #toOutgoing(message: Message, own?: Record<string, string>): Outgoing {
    const { buffer, byteOffset, length } = message.payload;
    assertName('id', message.id);
    if (length > this.#settings.maxMessageBytes)
      throw new RefusedError(
        `message ${message.id} has ${length} bytes, more than ${this.#settings.maxMessageBytes}`,
      );
    return {
      id: message.id,
      content: Buffer.from(buffer, byteOffset, length),
      options: encode(message, own),
    };
  }

  async #send({ exchange, routingKey, messages }: Piece): Promise<void> {
    this.#connection.assertConnected();
    const channel = await this.#openChannel();
    if (exchange) await this.#declare(channel, exchange);
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    let open = messages.length;
    let failure: Error | undefined;
    for (const { id, content, options } of messages) {
      channel.publish(exchange, routingKey, content, options, (err: Error | null) => {
        if (err) failure ??= err;
        else if (this.#isReturned(id))
          failure ??= new BrokerUnavailableError(`no group has subscribed to ${exchange || routingKey} yet`);
        if (--open > 0) return;
        if (failure) reject(failure);
        else resolve();
      });
    }
    await promise;
  }

  #openChannel(): Promise<ConfirmChannel> {
    this.#channel ??= this.#connection.confirmChannel().then(
      (channel) => {
        this.#declared = new Map();
        this.#returned = new Map();
        channel.on('close', () => {
          this.#channel = undefined;
        });
        channel.on('return', ({ properties }) => {
          this.#returned.set(properties.messageId, (this.#returned.get(properties.messageId) ?? 0) + 1);
        });
        return channel;
      },
      (error: unknown) => {
        this.#channel = undefined;
        throw error;
      },
    );
    return this.#channel;
  }

  /** With the groups that are known to have the topic. */
  #declare(channel: ConfirmChannel, topic: string): Promise<void> {
    const declare = async () => {
      await declareTopic(channel, topic);
      for (const [group, topics] of Object.entries(this.#settings.groups))
        if (topics.includes(topic)) await declareGroup(channel, group, topics, this.#settings);
    };
    const declared = this.#declared.get(topic) ?? declare();
    this.#declared.set(topic, declared);
    return declared;
  }

  /** The server returns a message before it confirms it. */
  #isReturned(id: string): boolean {
    const count = this.#returned.get(id);
    if (!count) return false;
    if (count === 1) this.#returned.delete(id);
    else this.#returned.set(id, count - 1);
    return true;
  }
}
