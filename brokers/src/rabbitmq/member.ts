import { abortable } from '@meower/shared/async/abortable.ts';
import type { BatchHandler, ConsumeOptions } from '@meower/shared/message/capabilities.ts';
import type { DeadLetterAlarm } from '@meower/shared/message/common/dead-letter-alarm.ts';
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

export interface MemberContext {
  connection: RabbitConnection;
  deadLetters: RabbitDeadLetters;
  alarm: DeadLetterAlarm;
  settings: RabbitSettings;
  logger: Logger;
}

/** The server ends the channel of a consumer that keeps a message for 30 minutes. */
const LONGEST_DELAY_MS = 15 * 60_000;

/** The channel of a member, until it is lost: the server then redelivers what was not acked. */
interface Session {
  channel: Channel;
  queue: string;
  lost: AbortSignal;
}

/** One member of a group. */
export class RabbitMember {
  readonly #context: MemberContext;
  readonly #topics: readonly string[];
  readonly #group: string;
  readonly #queue: MemberQueue<{ delivery: OpenDelivery }>;
  readonly #prefetch: number;
  readonly #delayed = new DelayedCalls();
  readonly #closing = new AbortController();
  readonly #joined = Promise.withResolvers<void>();
  readonly #running: Promise<void>;
  #session: Session | undefined;
  #wake: () => void = () => {};

  constructor(
    context: MemberContext,
    topics: readonly string[],
    group: string,
    handler: BatchHandler,
    options: ConsumeOptions | undefined,
  ) {
    const { settings, logger } = context;
    this.#context = context;
    this.#topics = topics;
    this.#group = group;
    const consume = { ...CONSUME_DEFAULTS, ...options };
    this.#queue = new MemberQueue(handler, {
      consume,
      handlerTimeoutMs: settings.handlerTimeoutMs,
      logger,
      onRoom: () => this.#wake(),
    });
    // One batch more than may be handled, and those that wait for their redelivery.
    this.#prefetch = consume.maxBatch * (consume.maxConcurrentBatches + 1) + settings.maxDelayed;
    this.#running = this.#repeatSessions();
  }

  /** Resolves once the group exists. Waits while the broker is unavailable. */
  async join(): Promise<void> {
    await abortable(this.#joined.promise, this.#closing.signal);
  }

  async close(): Promise<void> {
    this.#closing.abort(new Error('the subscription is closed'));
    const handled = this.#queue.close(this.#running);
    this.#wake();
    await handled;
  }

  async #repeatSessions(): Promise<void> {
    const { connection, settings, logger } = this.#context;
    const { signal } = this.#closing;
    const run = async () => {
      const channel = await abortable(connection.channel(), signal);
      await this.#runSession(channel).finally(() => answered(channel.close()).catch(() => {})); // or closed already
    };
    const { longestRetryMs } = settings;
    await repeatUntilAborted(run, { signal, longestRetryMs, logger, of: { group: this.#group } });
    await this.#queue.close();
  }

  async #runSession(channel: Channel): Promise<void> {
    const lost = new AbortController();
    const onLost = () => {
      lost.abort();
      this.#queue.revoke(new Error('the channel was closed'));
      this.#delayed.flush();
      this.#wake();
    };
    channel.on('close', onLost);
    const queue = await declareGroup(channel, this.#group, this.#topics, this.#context.settings);
    this.#session = { channel, queue, lost: lost.signal };
    this.#joined.resolve();
    await channel.prefetch(this.#prefetch);
    while (!lost.signal.aborted && !this.#closing.signal.aborted) {
      const onMessage = (message: ConsumeMessage | null) => {
        if (message) this.#received(message);
        else void channel.close().catch(() => {}); // the queue was deleted: the next session declares it again
      };
      const { consumerTag } = await abortable(channel.consume(queue, onMessage), this.#closing.signal);
      await this.#until(() => this.#queue.isStuck, lost.signal);
      if (lost.signal.aborted) return;
      await answered(channel.cancel(consumerTag));
      this.#queue.nackWaiting();
      await this.#until(() => !this.#queue.isStuck, lost.signal);
    }
    await this.#queue.close();
    this.#delayed.flush();
    // From here on, all is settled.
    channel.off('close', onLost);
  }

  /** Until the condition holds, the channel is lost, or the member is closed. */
  async #until(condition: () => boolean, lost: AbortSignal): Promise<void> {
    while (!condition() && !lost.aborted && !this.#closing.signal.aborted)
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
  }

  #received(message: ConsumeMessage): void {
    if (!this.#session) return;
    const { alarm, deadLetters } = this.#context;
    const attempt = attemptOf(message);
    const stored = decode(message, this.#topics[0] ?? '');
    const settling = this.#settling(message, this.#session);
    const delivery: OpenDelivery = new OpenDelivery(stored, attempt, {
      ...settling,
      reject: async (reason) => {
        const about = { group: this.#group, queue: this.#session?.queue ?? '', reason };
        const isStored = await alarm.watch(() => deadLetters.store(delivery, about));
        if (isStored) settling.ack();
        else settling.nack(redeliveryDelayMs(attempt));
        return isStored;
      },
    });
    this.#queue.add({ delivery });
  }

  #settling(message: ConsumeMessage, { channel, lost }: Session) {
    const ifOpen = (settle: () => void) => {
      if (!lost.aborted) settle();
    };
    return {
      ack: () => ifOpen(() => channel.ack(message)),
      // Not `channel.nack`, after which server 4.3 and newer do not count the delivery.
      nack: (delayMs: number) => {
        const requeue = () => ifOpen(() => channel.reject(message, true));
        this.#delayed.add(Math.min(delayMs, LONGEST_DELAY_MS), requeue);
      },
    };
  }
}
