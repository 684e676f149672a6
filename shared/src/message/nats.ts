import type { Logger } from 'pino';
import { untilAborted } from '../async/sleep.ts';
import { type Broker, BrokerUnavailableError, type Subscription } from './broker.ts';
import { encodeHeaders } from './nats/codec.ts';
import { type NatsConfig, withDefaults } from './nats/config.ts';
import { NatsLink } from './nats/connection.ts';
import { type NatsContext, streamOf } from './nats/context.ts';
import { NatsDeadLetters } from './nats/dead-letters.ts';
import { NatsFollower } from './nats/follower.ts';
import { NatsMember } from './nats/member.ts';
import { NatsPublisher } from './nats/publisher.ts';
import { readHistory, readStream } from './nats/reader.ts';
import { repeatSessions } from './nats/sessions.ts';
import { NatsStreams } from './nats/streams.ts';

/**
 * A broker on NATS JetStream (server 2.11 or newer). Returns at once and connects in the background, for ever. The streams
 * are created when they are missing, also when they vanish while it runs.
 */
export function createNatsBroker(config: NatsConfig, { logger }: { logger: Logger }): Broker {
  const settings = withDefaults(config);
  const link = new NatsLink(settings, logger);
  const streams = new NatsStreams(settings, logger);
  const publisher = new NatsPublisher(link, settings, (era) => streams.ensureAll(era));
  const parts: NatsContext = { settings, link, streams, publisher, logger };
  const subscriptions = new Set<{ close(): Promise<void> }>();
  const closing = new AbortController();
  let closed: Promise<void> | undefined;

  const keepingStreams = repeatSessions(
    { link, closed: closing.signal, logger, what: { streams: Object.values(settings.streams) } },
    async (era) => {
      await streams.ensureAll(era);
      await untilAborted(AbortSignal.any([era.lost, closing.signal]));
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
    // The last acknowledgements are on their way; if the connection ends meanwhile, these messages come again.
    await link.current?.nc.flush().catch(() => {});
    await link.close();
    await keepingStreams;
  }

  return {
    deadLetters: new NatsDeadLetters(parts),

    async publish(topic, messages) {
      assertOpen();
      streamOf(parts, topic);
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
      const member = new NatsMember(parts, topic, group, handler, options);
      const subscription = tracked(member);
      await member.join();
      return subscription;
    },

    async follow(topic, handlers) {
      assertOpen();
      const follower = new NatsFollower(parts, topic, handlers);
      const subscription = tracked(follower);
      return { from: await follower.start(), ...subscription };
    },

    async history(topic) {
      assertOpen();
      return readHistory(parts, streamOf(parts, topic));
    },

    async read(topic, after, limit) {
      assertOpen();
      const page = await readStream(parts, streamOf(parts, topic), after, limit);
      return page.map(({ message }) => message);
    },

    async ping() {
      assertOpen();
      for (const topic of Object.keys(settings.streams)) await readHistory(parts, streamOf(parts, topic));
    },

    close() {
      closed ??= closeAll();
      return closed;
    },
  };
}
