import type { Logger } from 'pino';
import type { SequencedMessage } from '../message.ts';
import type { InProcessLog } from './log.ts';

const MESSAGES_PER_TURN = 1000;

/** Hands one follower what is appended to a log, some turns of the event loop later. */
export class InProcessFollower {
  /** The position from which it follows. */
  readonly from: number;
  readonly #log: InProcessLog;
  readonly #handlers: { onMessage: (message: SequencedMessage) => void; onReset: () => void };
  readonly #logger: Pick<Logger, 'error'>;
  #position: number;
  #turn: NodeJS.Immediate | undefined;
  #closed = false;

  constructor(
    log: InProcessLog,
    handlers: { onMessage: (message: SequencedMessage) => void; onReset: () => void },
    logger: Pick<Logger, 'error'>,
  ) {
    this.#log = log;
    this.#handlers = handlers;
    this.#logger = logger;
    this.from = this.#position = log.history.end;
  }

  /** To be called after each append. */
  wake(): void {
    if (!this.#closed) this.#turn ??= setImmediate(() => this.#handOut());
  }

  close(): void {
    this.#closed = true;
    clearImmediate(this.#turn);
  }

  #handOut(): void {
    this.#turn = undefined;
    if (this.#position < this.#log.history.start) this.#guarded(() => this.#handlers.onReset());
    for (const message of this.#log.after(this.#position, MESSAGES_PER_TURN)) {
      if (this.#closed) return;
      this.#position = message.seq;
      this.#guarded(() => this.#handlers.onMessage(message));
    }
    if (this.#position < this.#log.history.end) this.wake();
  }

  #guarded(call: () => void): void {
    try {
      call();
    } catch (err) {
      this.#logger.error({ err }, 'a follower failed: it goes on with the next message');
    }
  }
}
