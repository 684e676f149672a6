import type { Logger } from 'pino';
import type { BatchHandler, ConsumeOptions, Lag, SequencedMessage, Subscription } from '../capabilities.ts';
import { createDeadLetterAlarm, type WatchDeadLetter } from '../common/dead-letter-alarm.ts';
import { CONSUME_DEFAULTS, MAX_ACK_PENDING } from '../common/defaults.ts';
import { handleBatch } from '../common/handle-batch.ts';
import { OpenDelivery, redeliveryDelayMs, type Settling } from '../common/open-delivery.ts';
import type { InProcessDeadLetters } from './dead-letters.ts';
import type { InProcessLog } from './log.ts';

interface Member {
  handler: BatchHandler;
  maxBatch: number;
  maxConcurrentBatches: number;
  readonly batches: Set<Promise<void>>;
}

interface Nacked {
  message: SequencedMessage;
  attempt: number;
  dueAtMs: number;
}

interface GroupOptions {
  name: string;
  topics: ReadonlySet<string>;
  handlerTimeoutMs: number;
  logger: Pick<Logger, 'error'>;
}

/** The progress of one group through a log, and its members. */
export class InProcessGroup implements Settling {
  readonly #log: InProcessLog;
  readonly #deadLetters: InProcessDeadLetters;
  readonly #options: GroupOptions;
  readonly #watchDeadLetter: WatchDeadLetter;
  readonly #members = new Set<Member>();
  /** In the order in which they are due. */
  readonly #nacked: Nacked[] = [];
  #seq: number;
  readonly #unsettled = new Set<InProcessDelivery>();
  #settledTo: number;
  #scheduled: NodeJS.Immediate | undefined;
  #redeliveryTimer: NodeJS.Timeout | undefined;

  constructor(log: InProcessLog, deadLetters: InProcessDeadLetters, options: GroupOptions) {
    this.#log = log;
    this.#deadLetters = deadLetters;
    this.#options = options;
    this.#watchDeadLetter = createDeadLetterAlarm(options.logger);
    this.#seq = this.#settledTo = log.history.start;
  }

  is(name: string, topic: string): boolean {
    return this.#options.name === name && this.#options.topics.has(topic);
  }

  join(handler: Member['handler'], options: ConsumeOptions = {}): Subscription {
    const { maxBatch, eager, ...consume } = { ...CONSUME_DEFAULTS, ...options };
    // Handlers share one thread: only an eager member gains from a further batch.
    const maxConcurrentBatches = eager ? consume.maxConcurrentBatches : 1;
    const member: Member = { handler, maxBatch, maxConcurrentBatches, batches: new Set() };
    this.#members.add(member);
    this.wake();
    return {
      close: async () => {
        this.#members.delete(member);
        if (this.#members.size === 0) clearTimeout(this.#redeliveryTimer);
        await Promise.all(member.batches);
      },
    };
  }

  /**
   * To be called after each append. What is appended in the same turn of the event loop is delivered
   * together.
   */
  wake(): void {
    if (this.#members.size > 0) this.#scheduled ??= setImmediate(() => this.#deliver());
  }

  /** A number up to which everything is settled, not always the highest. */
  get settledTo(): number {
    if (this.#unsettled.size + this.#nacked.length === 0) this.#settledTo = this.#seq;
    return this.#settledTo;
  }

  get lag(): Lag {
    const waiting = this.#log.after(this.#options.topics, this.#seq, Number.POSITIVE_INFINITY).messages;
    const started = [...this.#unsettled, ...this.#nacked].map(({ message }) => message);
    const [first] = [...started, ...waiting.slice(0, 1)].toSorted((a, b) => a.seq - b.seq);
    return {
      messages: started.length + waiting.length,
      oldestAgeMs: first ? Date.now() - first.publishedAt.getTime() : 0,
    };
  }

  /** Delivers it again, as if for the first time. */
  redeliver(message: SequencedMessage): void {
    this.#scheduleRedelivery({ message, attempt: 0, dueAtMs: performance.now() });
    this.wake();
  }

  #deliver(): void {
    this.#scheduled = undefined;
    for (const member of [...this.#members]) {
      if (member.batches.size >= member.maxConcurrentBatches) continue;
      const batch = this.#nextBatch(member.maxBatch);
      if (batch.length === 0) break;
      // The member that worked last moves to the end of the line: all take part.
      this.#members.delete(member);
      this.#members.add(member);
      const handling = handleBatch(batch, member.handler, {
        timeoutMs: this.#options.handlerTimeoutMs,
        logger: this.#options.logger,
      }).finally(() => {
        member.batches.delete(handling);
        this.wake();
      });
      member.batches.add(handling);
    }
    this.#setRedeliveryTimer();
  }

  #nextBatch(size: number): OpenDelivery[] {
    const due = this.#nacked.findIndex(({ dueAtMs }) => dueAtMs > performance.now());
    const redelivered = this.#nacked
      .splice(0, Math.min(size, due < 0 ? this.#nacked.length : due))
      .filter(({ message }) => !this.#log.isErased(message));
    const room = MAX_ACK_PENDING - this.#unsettled.size - this.#nacked.length - redelivered.length;
    const take = Math.max(0, Math.min(size - redelivered.length, room));
    const { messages, end } = this.#log.after(this.#options.topics, this.#seq, take);
    this.#seq = end;
    return [
      ...redelivered.map(({ message, attempt }) => this.#open(message, attempt + 1)),
      ...messages.map((message) => this.#open(message, 1)),
    ];
  }

  #open(message: SequencedMessage, attempt: number): OpenDelivery {
    const delivery = new InProcessDelivery(message, attempt, this);
    this.#unsettled.add(delivery);
    return delivery;
  }

  ack(delivery: InProcessDelivery): void {
    this.#unsettled.delete(delivery);
    this.wake();
  }

  nack(delayMs: number, delivery: InProcessDelivery): void {
    const { message, attempt } = delivery;
    this.#scheduleRedelivery({ message, attempt, dueAtMs: performance.now() + delayMs });
    this.ack(delivery);
  }

  async reject(reason: string, delivery: InProcessDelivery): Promise<boolean> {
    const { message, attempt } = delivery;
    const rejection = { group: this.#options.name, reason, attempts: attempt };
    const isStored = await this.#watchDeadLetter(async () => {
      if (!this.#log.isErased(message)) this.#deadLetters.add(message, rejection);
    });
    if (isStored) this.ack(delivery);
    else this.nack(redeliveryDelayMs(attempt), delivery);
    return isStored;
  }

  #scheduleRedelivery(nacked: Nacked): void {
    const later = this.#nacked.findLastIndex(({ dueAtMs }) => dueAtMs <= nacked.dueAtMs);
    this.#nacked.splice(later + 1, 0, nacked);
  }

  #setRedeliveryTimer(): void {
    clearTimeout(this.#redeliveryTimer);
    const next = this.#nacked[0];
    if (!next || this.#members.size === 0) return;
    this.#redeliveryTimer = setTimeout(() => this.wake(), Math.max(0, next.dueAtMs - performance.now()));
  }
}

class InProcessDelivery extends OpenDelivery {
  /** With its number. */
  readonly message: SequencedMessage;

  constructor(message: SequencedMessage, attempt: number, group: InProcessGroup) {
    super(message, attempt, group);
    this.message = message;
  }
}
