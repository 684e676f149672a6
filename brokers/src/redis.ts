import { runInBackground } from '@meower/shared/async/background-task.ts';
import { retryForever } from '@meower/shared/async/retry.ts';
import {
  BrokerUnavailableError,
  type Connection,
  type Consumer,
  type DeadLetters,
  type Eraser,
  type Follower,
  type LagReader,
  type Log,
  type Publisher,
} from '@meower/shared/message/capabilities.ts';
import { createDeadLetterAlarm } from '@meower/shared/message/common/dead-letter-alarm.ts';
import { logHandlerErrors } from '@meower/shared/message/common/follow-handlers.ts';
import { toPieces } from '@meower/shared/message/common/pieces.ts';
import { createPublishQueue } from '@meower/shared/message/common/publish-queue.ts';
import { Subscriptions } from '@meower/shared/message/common/subscriptions.ts';
import { untilClosed } from '@meower/shared/message/common/until-closed.ts';
import type { Logger } from '@meower/shared/process/logger.ts';
import { encode, type Fields } from './redis/codec.ts';
import { REDIS_DEFAULTS, type RedisConfig } from './redis/config.ts';
import { RedisConnection } from './redis/connection.ts';
import { createDeadLetters } from './redis/dead-letters.ts';
import { followLog } from './redis/follower.ts';
import { readLag } from './redis/lag.ts';
import { endOf, pagesOf, positionBefore, readLog } from './redis/log.ts';
import { createMember } from './redis/member.ts';
import { formatCursor } from './redis/positions.ts';

export type { RedisConfig } from './redis/config.ts';

/** What Redis can do. */
export interface RedisBroker extends Publisher, Consumer, Follower, Log, LagReader, Eraser, Connection {
  readonly deadLetters: DeadLetters;
}

interface Piece {
  key: string;
  entries: readonly Fields[];
}

const PIECE = { maxItems: 256, maxBytes: 1024 ** 2 };

/**
 * A broker on Redis streams (server 7 or newer, not a cluster). A topic is a stream, a group a consumer group.
 * Returns immediately; connects in the background and stays connected until it is closed.
 *
 * What it cannot do: a message is as safe as the server's settings say; with `appendfsync always` it survives
 * a crash of the server. An id is stored as often as it is published. The topics have no common order. A full
 * topic deletes its oldest messages, also before a group has taken them, and a dead letter whose message is
 * deleted cannot be retried. Messages with the same key come in order to a group with one member, except
 * those that are redelivered. A nacked message waits in its member until its delay is over; when that member
 * crashes, its messages come after the ack wait, and its attempts count as one. After a pause longer than the
 * ack wait a member may handle what another has taken over.
 */
export function createRedisBroker(config: RedisConfig, { logger }: { logger: Logger }): RedisBroker {
  const settings = { ...REDIS_DEFAULTS, ...config, logger };
  const connection = new RedisConnection(settings);
  const deadLetters = createDeadLetters(connection);
  const context = { connection, deadLetters, watchDeadLetter: createDeadLetterAlarm(logger) };
  const subscriptions = new Subscriptions();
  const closing = new AbortController();
  const trim = { strategy: 'MAXLEN', strategyModifier: '~', threshold: settings.maxMessages } as const;

  const publisher = createPublishQueue<Piece>('Redis', settings.timeoutMs, ({ key, entries }) =>
    Promise.all(entries.map((fields) => connection.client.xAdd(key, '*', fields, { TRIM: trim }))),
  );

  async function eraseFromTopic(topic: string, ids: ReadonlySet<string>, since: Date): Promise<number> {
    let erased = 0;
    for await (const page of pagesOf(connection, topic, String(since.getTime()))) {
      const found = page.filter(({ message }) => ids.has(message.id?.toString() ?? ''));
      const positions = found.map(({ id }) => id.toString());
      if (positions.length > 0)
        erased += await connection.run((client) => client.xDel(connection.key(topic), positions));
    }
    return erased;
  }

  async function closeAll(): Promise<void> {
    closing.abort(new BrokerUnavailableError('the broker is closed'));
    await subscriptions.close();
    await publisher.settled();
    if (connection.client.isReady) await connection.client.close();
    else connection.client.destroy();
  }

  const methods: Omit<RedisBroker, 'close' | 'deadLetters'> = {
    async publish(topic, messages) {
      const entries = messages.map((message) => encode(message, settings.maxMessageBytes));
      const pieces = toPieces(entries, ({ payload = '' }) => payload.length, PIECE);
      await publisher.publish(pieces.map((piece) => ({ key: connection.key(topic), entries: piece })));
    },

    consume: async (topics, group, handler, options) =>
      subscriptions.join(createMember(context, topics, group, handler, options)),

    async follow(topics, handlers) {
      const retry = { what: 'follow', logger, signal: closing.signal, delayMs: settings.longestRetryMs };
      const cursor = await retryForever(() => endOf(connection, topics), retry);
      const from = formatCursor(cursor);
      const safeHandlers = logHandlerErrors(handlers, topics, logger);
      const following = runInBackground((signal) => followLog(connection, cursor, safeHandlers, signal));
      const subscription = subscriptions.add(() => following.close());
      return { from, ...subscription };
    },

    async read(topics, after, limit) {
      return readLog(connection, topics, after, limit);
    },

    async positionAt(_topics, since) {
      return positionBefore(since);
    },

    async lag(topics, group) {
      return readLag(connection, topics, group);
    },

    async erase(topic, ids, since) {
      return (await eraseFromTopic(topic, ids, since)) + (await deadLetters.erase(topic, ids, since));
    },

    async ping() {
      await connection.run((client) => client.ping());
    },
  };
  return { deadLetters, ...untilClosed(methods, closeAll) };
}
