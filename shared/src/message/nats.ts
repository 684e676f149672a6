import type { Logger } from 'pino';
import { untilAborted } from '../async/sleep.ts';
import { type Broker, BrokerUnavailableError, type Subscription } from './broker.ts';
import { DeadLetterAlarm } from './common/dead-letter-alarm.ts';
import { logHandlerErrors } from './common/follow-handlers.ts';
import { encodeHeaders } from './nats/codec.ts';
import { NATS_DEFAULTS, type NatsConfig } from './nats/config.ts';
import { NatsConnector } from './nats/connection.ts';
import { type NatsContext, streamOf } from './nats/context.ts';
import { NatsDeadLetters } from './nats/dead-letters.ts';
import { NatsFollower } from './nats/follower.ts';
import { NatsMember } from './nats/member.ts';
import { NatsPublisher } from './nats/publisher.ts';
import { readHistory, readStream } from './nats/reader.ts';
import { repeatSessions } from './nats/sessions.ts';
import { NatsStreams } from './nats/streams.ts';

/**
 * A broker on NATS JetStream (server 2.11 or newer). Returns immediately; connects in the background and
 * stays connected until it is closed. Creates streams that are missing, also when they are deleted while it
 * runs.
 */
export function createNatsBroker(config: NatsConfig, { logger }: { logger: Logger }): Broker {
  const settings = { ...NATS_DEFAULTS, ...config };
  const connector = new NatsConnector(settings, logger);
  const streams = new NatsStreams(settings, logger);
  const publisher = new NatsPublisher(connector, settings, (connection) => streams.ensureAll(connection));
  const deadLetterAlarm = new DeadLetterAlarm(logger);
  const context: NatsContext = { settings, connector, streams, publisher, deadLetterAlarm, logger };
  const subscriptions = new Set<{ close(): Promise<void> }>();
  const closing = new AbortController();
  let closed: Promise<void> | undefined;

  const keepingStreams = repeatSessions(
    {
      connector,
      closing: closing.signal,
      logger: logger.child({ streams: Object.values(settings.streams) }),
    },
    async (connection) => {
      await streams.ensureAll(connection);
      await untilAborted(AbortSignal.any([connection.lost, closing.signal]));
    },
  );

  function tracked(subscription: { close(): Promise<void> }): Subscription {
    subscriptions.add(subscription);
    return {
      close: async () => {
        await subscription.close();
        subscriptions.delete(subscription);
      },
    };
  }

  function assertOpen(): void {
    if (closed) throw new BrokerUnavailableError('the broker is closed');
  }

  async function closeAll(): Promise<void> {
    await Promise.all([...subscriptions].map((subscription) => subscription.close()));
    await publisher.settled();
    closing.abort();
    // Sends the last acknowledgements. If the connection ends first, these messages are redelivered.
    await connector.current?.nc.flush().catch(() => {});
    await connector.close();
    await keepingStreams;
  }

  return {
    deadLetters: new NatsDeadLetters(context),

    async publish(topic, messages) {
      assertOpen();
      streamOf(context, topic);
      await publisher.publish(
        messages.map((message) => ({
          subject: topic,
          headers: encodeHeaders(message),
          payload: message.payload,
        })),
      );
    },

    async consume(topic, group, handler, options) {
      assertOpen();
      const member = new NatsMember(context, topic, group, handler, options);
      const subscription = tracked(member);
      await member.join();
      return subscription;
    },

    async follow(topic, handlers) {
      assertOpen();
      const follower = new NatsFollower(context, topic, logHandlerErrors(handlers, topic, logger));
      const subscription = tracked(follower);
      return { from: await follower.start(), ...subscription };
    },

    async history(topic) {
      assertOpen();
      return readHistory(context, streamOf(context, topic));
    },

    async read(topic, after, limit) {
      assertOpen();
      const page = await readStream(context, streamOf(context, topic), after, limit);
      return page.map(({ message }) => message);
    },

    async ping() {
      assertOpen();
      for (const topic of Object.keys(settings.streams)) await readHistory(context, streamOf(context, topic));
    },

    close() {
      closed ??= closeAll();
      return closed;
    },
  };
}
