import type { Msg } from 'nats';
import { abortable } from '../../async/abortable.ts';
import type { BatchHandler, ConsumeOptions } from '../capabilities.ts';
import { CONSUME_DEFAULTS } from '../common/defaults.ts';
import { MemberQueue } from '../common/member-queue.ts';
import type { JetStreamConnection } from './connection.ts';
import { ensureConsumer } from './consumer.ts';
import { type NatsContext, streamOf } from './context.ts';
import { NatsPull } from './pull.ts';
import { repeatSessions } from './sessions.ts';
import { UnackedMessage } from './unacked-message.ts';

/**
 * One member of a consumer group. Requests up to `maxBatch` messages ahead: the next batch
 * accumulates while one is handled. It extends the server's ack wait for messages that it has received and
 * not settled.
 */
export function createMember(
  context: NatsContext,
  topics: readonly string[],
  group: string,
  handler: BatchHandler,
  options?: ConsumeOptions,
) {
  const stream = streamOf(context, topics);
  const { settings, streams, logger } = context;
  const { ackWaitMs, handlerTimeoutMs } = settings;
  const consume = { ...CONSUME_DEFAULTS, ...options };
  const queue = new MemberQueue<UnackedMessage>(handler, {
    consume,
    handlerTimeoutMs,
    onRoom: () => request(),
    logger,
  });
  const closing = new AbortController();
  const joined = Promise.withResolvers<void>();
  let pull: NatsPull | undefined;
  let running: Promise<void> | undefined;
  let ackWaitTimer: NodeJS.Timeout | undefined;

  const request = () => {
    if (!pull || closing.signal.aborted) return;
    const room = queue.room - pull.outstanding;
    // Only larger requests, because each costs a message to the server.
    if (room > 0 && (room >= consume.maxBatch / 2 || pull.outstanding === 0)) pull.request(room);
  };

  const received = (msg: Msg, epoch: number) => {
    const message = new UnackedMessage(context, group, msg, epoch);
    if (message.onlyGroup === undefined || message.onlyGroup === group) {
      queue.add(message);
    } else {
      message.delivery.ack();
      request();
    }
  };

  const session = async (connection: JetStreamConnection) => {
    const { epoch } = await streams.state(connection, stream);
    const name = await ensureConsumer(connection, settings, { stream, epoch, group, topics });
    joined.resolve();
    if (closing.signal.aborted) return;
    pull = new NatsPull(
      connection,
      { stream, name },
      { onMessage: (msg) => received(msg, epoch), onRequestEnded: request },
    );
    request();
    await pull.ended;
  };

  return {
    /** Resolves once the group exists. Waits while the broker is unavailable. */
    async join(): Promise<void> {
      ackWaitTimer = setInterval(() => {
        for (const message of queue.received) message.extendAckWait();
      }, ackWaitMs / 3);
      running = repeatSessions(context, { topics, group }, closing.signal, session);
      await abortable(joined.promise, closing.signal);
    },

    async close(): Promise<void> {
      closing.abort(new Error('the subscription is closed'));
      await queue.close(pull?.stop());
      clearInterval(ackWaitTimer);
      await running;
    },
  };
}
