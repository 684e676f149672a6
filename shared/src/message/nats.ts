import type { Logger } from 'pino';
import { untilAborted } from '../async/sleep.ts';
import type { Broker, StorageReader } from './capabilities.ts';
import { createDeadLetterAlarm } from './common/dead-letter-alarm.ts';
import { logHandlerErrors } from './common/follow-handlers.ts';
import { Subscriptions } from './common/subscriptions.ts';
import { untilClosed } from './common/until-closed.ts';
import { encodeHeaders } from './nats/codec.ts';
import { NATS_DEFAULTS, type NatsConfig } from './nats/config.ts';
import { NatsConnector } from './nats/connection.ts';
import { type NatsContext, streamOf } from './nats/context.ts';
import { createDeadLetters } from './nats/dead-letters.ts';
import { eraseMessages } from './nats/eraser.ts';
import { createFollower } from './nats/follower.ts';
import { readLag } from './nats/lag.ts';
import { detectLoss } from './nats/loss.ts';
import { createMember } from './nats/member.ts';
import { NatsPublisher } from './nats/publisher.ts';
import { numberAt, readHistory, readTopics } from './nats/reader.ts';
import { makeRoom } from './nats/room.ts';
import { repeatSessions } from './nats/sessions.ts';
import { NatsStreams } from './nats/streams.ts';

type NatsBroker = Broker & StorageReader;

/**
 * A broker on NATS JetStream (server 2.11 or newer). Returns immediately; connects in the background and
 * stays connected until it is closed. Creates streams that are missing, also when they are deleted while it
 * runs.
 */
export function createNatsBroker(config: NatsConfig, { logger }: { logger: Logger }): NatsBroker {
  const settings = { ...NATS_DEFAULTS, ...config };
  const connector = new NatsConnector(settings, logger);
  const streams = new NatsStreams(settings, logger);
  const publisher = new NatsPublisher(connector, settings, {
    ensure: (connection, topics) => streams.ensure(connection, topics),
    makeRoom: (connection, topics) => makeRoom({ streams, settings, logger }, connection, topics),
  });
  const watchDeadLetter = createDeadLetterAlarm(logger);
  const context: NatsContext = { settings, connector, streams, publisher, watchDeadLetter, logger };
  const subscriptions = new Subscriptions();
  const closing = new AbortController();

  const of = { streams: Object.keys(settings.streams) };
  const keepingStreams = repeatSessions(context, of, closing.signal, async (connection) => {
    await streams.ensure(connection);
    await untilAborted(AbortSignal.any([connection.lost, closing.signal]));
  });

  async function closeAll(): Promise<void> {
    await subscriptions.close();
    await publisher.settled();
    closing.abort();
    // Sends the last acknowledgements. If the connection ends first, these messages are redelivered.
    await connector.current?.nc.flush().catch(() => {});
    await connector.close();
    await keepingStreams;
  }

  const deadLetters = createDeadLetters(context);

  const methods: Omit<NatsBroker, 'close' | 'deadLetters' | 'positionOf' | 'seqOf'> = {
    async publish(topic, messages) {
      streamOf(context, [topic]);
      await publisher.publish(
        messages.map((message) => ({
          subject: topic,
          headers: encodeHeaders(message, topic),
          payload: message.payload,
        })),
      );
    },

    consume: async (topics, group, handler, options) =>
      subscriptions.join(createMember(context, topics, group, handler, options)),

    async follow(topics, handlers) {
      const follower = createFollower(context, topics, logHandlerErrors(handlers, topics, logger));
      const subscription = subscriptions.add(() => follower.close());
      return { from: String(await follower.start()), ...subscription };
    },

    async read(topics, after, limit) {
      const stream = streamOf(context, topics);
      return readTopics(context, { stream, topics }, Number(after ?? 0), limit);
    },

    positionAt: async (topics, since) => String(await numberAt(context, streamOf(context, topics), since)),
    history: async (topics) => readHistory(context, streamOf(context, topics)),
    detectLoss: (topics, group, since) => detectLoss(context, topics, group, since),
    lag: (topics, group) => readLag(context, topics, group),
    storage: async () => streams.storage(connector.get()),
    erase: (topic, ids, since) => eraseMessages(context, deadLetters, topic, ids, since),

    async ping() {
      for (const stream of Object.keys(settings.streams)) await readHistory(context, stream);
    },
  };
  return { deadLetters, positionOf: String, seqOf: Number, ...untilClosed(methods, closeAll) };
}
