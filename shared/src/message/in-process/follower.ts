import type { FollowHandlers } from '../broker.ts';
import type { InProcessLog } from './log.ts';

const MESSAGES_PER_TURN = 1000;

/** Delivers to one follower what is appended to a log, in a later turn of the event loop. */
export class InProcessFollower {
  /** The position from which it follows. */
  readonly from: number;
  readonly #log: InProcessLog;
  readonly #handlers: FollowHandlers;
  #position: number;
  #scheduled: NodeJS.Immediate | undefined;
  #closed = false;

  constructor(log: InProcessLog, handlers: FollowHandlers) {
    this.#log = log;
    this.#handlers = handlers;
    this.from = this.#position = log.history.end;
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
    if (this.#position < this.#log.history.start) this.#handlers.onReset();
    for (const message of this.#log.after(this.#position, MESSAGES_PER_TURN)) {
      if (this.#closed) return;
      this.#position = message.seq;
      this.#handlers.onMessage(message);
    }
    if (this.#position < this.#log.history.end) this.wake();
  }
}
