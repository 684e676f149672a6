import type { FollowHandlers, SequencedMessage } from '../capabilities.ts';
import type { InProcessLog } from './log.ts';

const MESSAGES_PER_TURN = 1000;

/** Delivers to one follower what is appended to a log, in a later turn of the event loop. */
export class InProcessFollower {
  /** The number from which it follows. */
  readonly from: number;
  readonly #log: InProcessLog;
  readonly #topics: ReadonlySet<string>;
  readonly #handlers: FollowHandlers<SequencedMessage>;
  #seq: number;
  #scheduled: NodeJS.Immediate | undefined;
  #closed = false;

  constructor(log: InProcessLog, topics: readonly string[], handlers: FollowHandlers<SequencedMessage>) {
    this.#log = log;
    this.#topics = new Set(topics);
    this.#handlers = handlers;
    this.from = this.#seq = log.history.end;
  }

  /** To be called after each append. */
  wake(): void {
    if (!this.#closed) this.#scheduled ??= setImmediate(() => this.#deliver());
  }

  close(): void {
    this.#closed = true;
    clearImmediate(this.#scheduled);
  }

  #deliver(): void {
    this.#scheduled = undefined;
    if (this.#seq < this.#log.history.start) this.#handlers.onReset();
    const { messages, end } = this.#log.after(this.#topics, this.#seq, MESSAGES_PER_TURN);
    for (const message of messages) {
      if (this.#closed) return;
      this.#handlers.onMessage(message);
    }
    this.#seq = end;
    if (end < this.#log.history.end) this.wake();
  }
}
