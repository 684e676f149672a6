import type { Logger } from 'pino';
import type { ConsumeOptions, Subscription } from '../broker.ts';
import { handleBatch, OpenDelivery } from '../delivery.ts';
import type { Delivery, SequencedMessage } from '../message.ts';
import type { InProcessDeadLetters } from './dead-letters.ts';
import type { InProcessLog } from './log.ts';

interface Member {
  handler: (batch: readonly Delivery[]) => Promise<void>;
  maxBatch: number;
  running?: Promise<void> | undefined;
}

interface Nacked {
  message: SequencedMessage;
  attempt: number;
  dueAtMs: number;
}

export interface GroupOptions {
  topic: string;
  handlerTimeoutMs: number;
  /** At this many messages unsettled or waiting to come again, no new ones are handed out. */
  maxAckPending: number;
  logger: Pick<Logger, 'error'>;
}

/** The progress of one group through a log, and who works for it. */
export class InProcessGroup {
  readonly #log: InProcessLog;
  readonly #deadLetters: InProcessDeadLetters;
  readonly #options: GroupOptions;
  readonly #members = new Set<Member>();
  /** In the order in which they are due. */
  readonly #nacked: Nacked[] = [];
  #position: number;
  #unsettled = 0;
  #turn: NodeJS.Immediate | undefined;
  #alarm: NodeJS.Timeout | undefined;

  constructor(log: InProcessLog, deadLetters: InProcessDeadLetters, options: GroupOptions) {
    this.#log = log;
    this.#deadLetters = deadLetters;
    this.#options = options;
    this.#position = log.history.start;
  }

  join(handler: Member['handler'], { maxBatch = 500 }: ConsumeOptions = {}): Subscription {
    const member: Member = { handler, maxBatch };
    this.#members.add(member);
    this.wake();
    return {
      close: async () => {
        this.#members.delete(member);
        if (this.#members.size === 0) clearTimeout(this.#alarm);
        await member.running;
      },
    };
  }

  /** To be called after each append: in a turn of the event loop some more may gather. */
  wake(): void {
    if (this.#members.size > 0) this.#turn ??= setImmediate(() => this.#handOut());
  }

  #handOut(): void {
    this.#turn = undefined;
    for (const member of [...this.#members]) {
      if (member.running) continue;
      const batch = this.#nextBatch(member.maxBatch);
      if (batch.length === 0) break;
      // Whoever worked last comes last, so that all take part.
      this.#members.delete(member);
      this.#members.add(member);
      member.running = handleBatch(batch, member.handler, {
        timeoutMs: this.#options.handlerTimeoutMs,
        logger: this.#options.logger,
      }).finally(() => {
        member.running = undefined;
        this.wake();
      });
    }
    this.#setAlarm();
  }

  #nextBatch(size: number): OpenDelivery[] {
    const due = this.#nacked.findIndex(({ dueAtMs }) => dueAtMs > performance.now());
    const again = this.#nacked.splice(0, Math.min(size, due < 0 ? this.#nacked.length : due));
    const room = this.#options.maxAckPending - this.#unsettled - this.#nacked.length - again.length;
    const fresh = this.#log.after(this.#position, Math.max(0, Math.min(size - again.length, room)));
    this.#position = fresh.at(-1)?.seq ?? this.#position;
    return [
      ...again.map(({ message, attempt }) => this.#open(message, attempt + 1)),
      ...fresh.map((message) => this.#open(message, 1)),
    ];
  }

  #open(message: SequencedMessage, attempt: number): OpenDelivery {
    this.#unsettled++;
    return new OpenDelivery(message, attempt, {
      ack: () => this.#settle(),
      nack: (delayMs) => {
        this.#waitForItsTime({ message, attempt, dueAtMs: performance.now() + delayMs });
        this.#settle();
      },
      reject: async (reason) => {
        this.#deadLetters.add(message, this.#options.topic, reason);
        this.#settle();
      },
    });
  }

  #settle(): void {
    this.#unsettled--;
    this.wake();
  }

  #waitForItsTime(nacked: Nacked): void {
    const later = this.#nacked.findLastIndex(({ dueAtMs }) => dueAtMs <= nacked.dueAtMs);
    this.#nacked.splice(later + 1, 0, nacked);
  }

  #setAlarm(): void {
    clearTimeout(this.#alarm);
    const next = this.#nacked[0];
    if (!next || this.#members.size === 0) return;
    this.#alarm = setTimeout(() => this.wake(), Math.max(0, next.dueAtMs - performance.now()));
  }
}
