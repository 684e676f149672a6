import { randomUUID } from 'node:crypto';
import { backoffMs } from '@meower/shared/async/backoff.ts';
import { sleep } from '@meower/shared/async/sleep.ts';
import {
  BrokerUnavailableError,
  type DeadLetter,
  type DeadLetters,
  type Delivery,
  NoSuchDeadLetterError,
  type Position,
} from '@meower/shared/message/capabilities.ts';
import type { Channel, ConsumeMessage } from 'amqplib';
import { decode, TOPIC } from './codec.ts';
import type { RabbitSettings } from './config.ts';
import type { RabbitConnection } from './connection.ts';
import type { RabbitPublisher } from './publisher.ts';
import { declareDeadLetters } from './topology.ts';

const LETTER = 'Meower-Letter';
const GROUP = 'Meower-Group';
const QUEUE = 'Meower-Queue';
const REASON = 'Meower-Reason';
const ATTEMPTS = 'Meower-Attempts';
const REJECTED_AT = 'Meower-Rejected-At';
/** Characters: all headers together have to fit into one frame. */
const LONGEST_REASON = 1000;
const ACCESS_REFUSED = 403;
const TRIES = 200;

interface Found {
  letter: DeadLetter;
  /** Of the group. */
  queue: string;
  message: ConsumeMessage;
}

export interface RabbitDeadLetters extends DeadLetters {
  store(delivery: Delivery, about: { group: string; queue: string; reason: string }): Promise<void>;
}

/** Dead letters in a queue. To look at them, one reader at a time takes them all, and gives them back. */
export function createDeadLetters(
  connection: RabbitConnection,
  publisher: RabbitPublisher,
  settings: RabbitSettings,
): RabbitDeadLetters {
  const { queue: deadQueue } = settings.deadLetters;

  /** Until it resolves to something; another reader may be at work. Its channel gives back what it has taken. */
  async function again<T>(attempt: (channel: Channel) => Promise<T | undefined>): Promise<T> {
    for (let tries = 1; tries <= TRIES; tries++) {
      connection.assertConnected();
      const channel = await connection.channel();
      let isOpen = true;
      channel.on('close', () => {
        isOpen = false;
      });
      try {
        await declareDeadLetters(channel, settings);
        const result = await attempt(channel);
        if (result !== undefined) return result;
      } catch (cause) {
        if (cause instanceof NoSuchDeadLetterError || cause instanceof BrokerUnavailableError) throw cause;
        throw new BrokerUnavailableError(`RabbitMQ: ${(cause as Error).message}`, { cause });
      } finally {
        if (isOpen) await channel.close();
      }
      await sleep(backoffMs(tries, { firstMs: 5, longestMs: 100 }));
    }
    throw new BrokerUnavailableError('others are reading the dead letters');
  }

  async function withAll<T>(work: (found: Found[], channel: Channel) => Promise<T>): Promise<T> {
    const { result } = await again(async (channel) => {
      const messages: ConsumeMessage[] = [];
      const collect = (message: ConsumeMessage | null) => message && messages.push(message);
      try {
        await channel.consume(deadQueue, collect, { exclusive: true });
      } catch (error) {
        if ((error as { code?: unknown }).code === ACCESS_REFUSED) return undefined;
        throw error;
      }
      // Until the queue has given all to the channel, and once more: then the channel has passed them on.
      while ((await channel.checkQueue(deadQueue)).messageCount > 0);
      await channel.checkQueue(deadQueue);
      return { result: await work(messages.map(toFound), channel) };
    });
    return result;
  }

  return {
    async store(delivery, { group, queue, reason }) {
      await publisher.send(deadQueue, delivery, {
        [LETTER]: randomUUID(),
        [TOPIC]: delivery.topic,
        [GROUP]: group,
        [QUEUE]: queue,
        [REASON]: reason.slice(0, LONGEST_REASON),
        [ATTEMPTS]: String(delivery.attempt),
        [REJECTED_AT]: new Date().toISOString(),
      });
    },

    list: () => withAll(async (found) => found.map(({ letter }) => letter)),

    /** Straight into the queue of its group. */
    retry: (position) =>
      withAll(async (all, channel) => {
        const { letter, queue, message } = find(all, position);
        await publisher.send(queue, letter, { [TOPIC]: letter.origin.topic });
        channel.ack(message);
      }),

    drop: (position) => withAll(async (all, channel) => channel.ack(find(all, position).message)),

    count: () =>
      again(async (channel) => {
        const { messageCount, consumerCount } = await channel.checkQueue(deadQueue);
        // A reader has them.
        return consumerCount > 0 ? undefined : messageCount;
      }),
  };
}

function find(all: Found[], position: Position): Found {
  const found = all.find(({ letter }) => letter.position === position);
  if (!found) throw new NoSuchDeadLetterError(position);
  return found;
}

/** Also of one that the server itself has put there: it names the queue and the reason. */
function toFound(message: ConsumeMessage): Found {
  const headers: Record<string, unknown> = message.properties.headers ?? {};
  const text = (name: string, otherwise: unknown) => String(headers[name] ?? otherwise);
  const { id, key, metadata, payload, topic, position, publishedAt } = decode(
    message,
    String(headers['x-first-death-exchange'] ?? ''),
  );
  const queue = text(QUEUE, headers['x-first-death-queue'] ?? '');
  const letter = {
    ...{ id, key, metadata, payload },
    position: text(LETTER, `${queue}/${id}`),
    group: text(GROUP, queue),
    reason: text(REASON, headers['x-first-death-reason'] ?? ''),
    attempts: Number(headers[ATTEMPTS] ?? headers['x-delivery-count'] ?? 1),
    origin: { topic, position },
    rejectedAt: new Date(text(REJECTED_AT, publishedAt.toISOString())),
  };
  return { letter, queue, message };
}
