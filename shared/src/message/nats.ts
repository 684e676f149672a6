import type { Logger } from 'pino';
import { untilAborted } from '../async/sleep.ts';
import { type Broker, BrokerUnavailableError, type LagReader, type StorageReader } from './capabilities.ts';
import { DeadLetterAlarm } from './common/dead-letter-alarm.ts';
import { logHandlerErrors } from './common/follow-handlers.ts';
import { Subscriptions } from './common/subscriptions.ts';
import { encodeHeaders } from './nats/codec.ts';
import { NATS_DEFAULTS, type NatsConfig } from './nats/config.ts';
import { NatsConnector } from './nats/connection.ts';
import { type NatsContext, streamOf } from './nats/context.ts';
import { NatsDeadLetters } from './nats/dead-letters.ts';
import { eraseMessages } from './nats/eraser.ts';
import { NatsFollower } from './nats/follower.ts';
import { readLag } from './nats/lag.ts';
import { detectLoss } from './nats/loss.ts';
import { NatsMember } from './nats/member.ts';
import { NatsPublisher } from './nats/publisher.ts';
import { numberAt, readHistory, readTopics } from './nats/reader.ts';
import { makeRoom } from './nats/room.ts';
import { repeatSessions } from './nats/sessions.ts';
import { NatsStreams } from './nats/streams.ts';

/**
 * A broker on NATS JetStream (server 2.11 or newer). Returns immediately; connects in the background and
 * stays connected until it is closed. Creates streams that are missing, also when they are deleted while it
 * runs.
 */
export function createNatsBroker(
  config: NatsConfig,
  { logger }: { logger: Logger },
): Broker & LagReader & StorageReader {
  const settings = { ...NATS_DEFAULTS, ...config };
  const connector = new NatsConnector(settings, logger);
  const streams = new NatsStreams(settings, logger);
  const publisher = new NatsPublisher(connector, settings, {
    ensure: (connection, topics) => streams.ensure(connection, topics),
    makeRoom: (connection, topics) => makeRoom({ streams, settings, logger }, connection, topics),
  });
  const deadLetterAlarm = new DeadLetterAlarm(logger);
  const context: NatsContext = { settings, connector, streams, publisher, deadLetterAlarm, logger };
  const subscriptions = new Subscriptions();
  const closing = new AbortController();
  let closed: Promise<void> | undefined;

  const of = { streams: Object.keys(settings.streams) };
  const keepingStreams = repeatSessions(context, of, closing.signal, async (connection) => {
    await streams.ensure(connection);
    await untilAborted(AbortSignal.any([connection.lost, closing.signal]));
  });

  function assertOpen(): void {
    if (closed) throw new BrokerUnavailableError('the broker is closed');
  }

  async function closeAll(): Promise<void> {
    await subscriptions.close();
    await publisher.settled();
    closing.abort();
    // Sends the last acknowledgements. If the connection ends first, these messages are redelivered.
    await connector.current?.nc.flush().catch(() => {});
    await connector.close();
    await keepingStreams;
  }

  const deadLetters = new NatsDeadLetters(context);

  return {
    deadLetters,

    async publish(topic, messages) {
      assertOpen();
      streamOf(context, [topic]);
      await publisher.publish(
        messages.map((message) => ({
          subject: topic,
          headers: encodeHeaders(message, topic),
          payload: message.payload,
        })),
      );
    },

    async consume(topics, group, handler, options) {
      assertOpen();
      streamOf(context, topics);
      const member = new NatsMember(context, topics, group, handler, options);
      const subscription = subscriptions.add(() => member.close());
      await member.join();
      return subscription;
    },

    async follow(topics, handlers) {
      assertOpen();
      streamOf(context, topics);
      const follower = new NatsFollower(context, topics, logHandlerErrors(handlers, topics, logger));
      const subscription = subscriptions.add(() => follower.close());
      return { from: String(await follower.start()), ...subscription };
    },

    async read(topics, after, limit) {
      assertOpen();
      const stream = streamOf(context, topics);
      return readTopics(context, { stream, topics }, Number(after ?? 0), limit);
    },

    async positionAt(topics, since) {
      assertOpen();
      return String(await numberAt(context, streamOf(context, topics), since));
    },

    async history(topics) {
      assertOpen();
      return readHistory(context, streamOf(context, topics));
    },

    positionOf: String,
    seqOf: Number,

    async detectLoss(topics, group, since) {
      assertOpen();
      return detectLoss(context, topics, group, since);
    },

    async lag(topics, group) {
      assertOpen();
      return readLag(context, topics, group);
    },

    async storage() {
      assertOpen();
      return streams.storage(connector.get());
    },

    async erase(topic, ids, since) {
      assertOpen();
      return eraseMessages(context, deadLetters, topic, ids, since);
    },

    async ping() {
      assertOpen();
      for (const stream of Object.keys(settings.streams)) await readHistory(context, stream);
    },

    close() {
      closed ??= closeAll();
      return closed;
    },
  };
}
