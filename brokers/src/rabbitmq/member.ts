import { abortable } from '@meower/shared/async/abortable.ts';
import type { BatchHandler, ConsumeOptions } from '@meower/shared/message/capabilities.ts';
import type { WatchDeadLetter } from '@meower/shared/message/common/dead-letter-alarm.ts';
import { CONSUME_DEFAULTS } from '@meower/shared/message/common/defaults.ts';
import { DelayedCalls } from '@meower/shared/message/common/delayed-calls.ts';
import { MemberQueue } from '@meower/shared/message/common/member-queue.ts';
import { OpenDelivery, redeliveryDelayMs } from '@meower/shared/message/common/open-delivery.ts';
import { repeatUntilAborted } from '@meower/shared/message/common/restart-delay.ts';
import type { Logger } from '@meower/shared/process/logger.ts';
import type { Channel, ConsumeMessage } from 'amqplib';
import { attemptOf, decode } from './codec.ts';
import type { RabbitSettings } from './config.ts';
import { answered, type RabbitConnection } from './connection.ts';
import type { RabbitDeadLetters } from './dead-letters.ts';
import { declareGroup } from './topology.ts';

interface MemberContext {
  connection: RabbitConnection;
  deadLetters: RabbitDeadLetters;
  watchDeadLetter: WatchDeadLetter;
  settings: RabbitSettings;
  logger: Logger;
}

/** The server ends the channel of a consumer that keeps a message for 30 minutes. */
const LONGEST_DELAY_MS = 15 * 60_000;
/** Messages that may wait for their redelivery. */
const MAX_DELAYED = 1000;

/** The channel of a member, until it is lost: the server then redelivers what was not acked. */
interface Session {
  channel: Channel;
  queue: string;
  lost: AbortSignal;
}

/** One member of a group. */
export function createMember(
  context: MemberContext,
  topics: readonly string[],
  group: string,
  handler: BatchHandler,
  options: ConsumeOptions = {},
) {
  const { connection, deadLetters, watchDeadLetter, settings, logger } = context;
  const { handlerTimeoutMs, longestRetryMs } = settings;
  const consume = { ...CONSUME_DEFAULTS, ...options };
  let wake = () => {};
  const waiting = new MemberQueue<{ delivery: OpenDelivery }>(handler, {
    consume,
    handlerTimeoutMs,
    logger,
    onRoom: () => wake(),
  });
  // One batch more than may be handled, and those that wait for their redelivery.
  const prefetch = consume.maxBatch * (consume.maxConcurrentBatches + 1) + MAX_DELAYED;
  const delayed = new DelayedCalls();
  const closing = new AbortController();
  const { signal } = closing;
  const joined = Promise.withResolvers<void>();

  const received = (message: ConsumeMessage, { channel, queue, lost }: Session) => {
    const ifOpen = (settle: () => void) => {
      if (!lost.aborted) settle();
    };
    const ack = () => ifOpen(() => channel.ack(message));
    const nack = (delayMs: number) => {
      // Not `channel.nack`, after which server 4.3 and newer do not count the delivery.
      const requeue = () => ifOpen(() => channel.reject(message, true));
      delayed.add(Math.min(delayMs, LONGEST_DELAY_MS), requeue);
    };
    const attempt = attemptOf(message);
    const delivery: OpenDelivery = new OpenDelivery(decode(message, topics[0] ?? ''), attempt, {
      ack,
      nack,
      reject: async (reason) => {
        const isStored = await watchDeadLetter(() => deadLetters.store(delivery, { group, queue, reason }));
        if (isStored) ack();
        else nack(redeliveryDelayMs(attempt));
        return isStored;
      },
    });
    waiting.add({ delivery });
  };

  /** Until the condition holds, the channel is lost, or the member is closed. */
  const until = async (condition: () => boolean, lost: AbortSignal) => {
    while (!condition() && !lost.aborted && !signal.aborted)
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
  };

  const runSession = async (channel: Channel) => {
    const lost = new AbortController();
    const onLost = () => {
      lost.abort();
      waiting.revoke(new Error('the channel was closed'));
      delayed.flush();
      wake();
    };
    channel.on('close', onLost);
    const queue = await declareGroup(channel, group, topics, settings);
    joined.resolve();
    await channel.prefetch(prefetch);
    while (!lost.signal.aborted && !signal.aborted) {
      const onMessage = (message: ConsumeMessage | null) => {
        if (message) received(message, { channel, queue, lost: lost.signal });
        else void channel.close().catch(() => {}); // the queue was deleted: the next session declares it again
      };
      const { consumerTag } = await abortable(channel.consume(queue, onMessage), signal);
      await until(() => waiting.isStuck, lost.signal);
      if (lost.signal.aborted) return;
      await answered(channel.cancel(consumerTag));
      waiting.nackWaiting();
      await until(() => !waiting.isStuck, lost.signal);
    }
    await waiting.close();
    delayed.flush();
    // From here on, all is settled.
    channel.off('close', onLost);
  };

  const repeatSessions = async () => {
    const run = async () => {
      const channel = await abortable(connection.channel(), signal);
      await runSession(channel).finally(() => answered(channel.close()).catch(() => {})); // or closed already
    };
    await repeatUntilAborted(run, { signal, longestRetryMs, logger, of: { group } });
    await waiting.close();
  };
  const running = repeatSessions();

  return {
    /** Resolves once the group exists. Waits while the broker is unavailable. */
    join: () => abortable(joined.promise, signal),

    async close(): Promise<void> {
      closing.abort(new Error('the subscription is closed'));
      const handled = waiting.close(running);
      wake();
      await handled;
    },
  };
}
