/** The frame of an event. */
interface SequencedFrame {
  readonly seq: number;
  /** Of the meow. */
  readonly id: string;
  readonly frame: Buffer;
  /** Of the event, while frames are traced. */
  readonly traceparent?: string | undefined;
}

/**
 * The newest frames, for clients that missed a few. It knows the number from which it is complete, and
 * never returns frames with a gap.
 */
export class Ring {
  readonly #limit: number;
  #frames: SequencedFrame[] = [];
  /** All frames after this number, up to `#end`, are here. */
  #start: number | undefined;
  #end: number | undefined;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** The number of the newest event; unknown before the first one and after `reset`. */
  get end(): number | undefined {
    return this.#end;
  }

  /** The first event is the next one after `seq`. Has no effect if it has already come. */
  startAfter(seq: number): void {
    this.#start ??= seq;
    this.#end ??= seq;
  }

  /** Forgets all frames. The number of the next one is unknown until it comes. */
  reset(): void {
    this.#frames = [];
    this.#start = undefined;
    this.#end = undefined;
  }

  /** The event of this number has no frame. */
  skip(seq: number): void {
    this.#start ??= seq - 1;
    this.#end = seq;
  }

  push(frame: SequencedFrame): void {
    this.skip(frame.seq);
    this.#frames.push(frame);
    // Dropping half of them in one step keeps the average cost of a push constant.
    if (this.#frames.length >= 2 * this.#limit) {
      this.#start = (this.#frames[this.#limit - 1] as SequencedFrame).seq;
      this.#frames = this.#frames.slice(this.#limit);
    }
  }

  /** Forgets the frames of a meow; the ring stays complete without them. */
  remove(id: string): void {
    this.#frames = this.#frames.filter((frame) => frame.id !== id);
  }

  /**
   * The first `limit` frames after the cursor, in order. `undefined` when some of them are gone, or the
   * cursor is ahead of the newest event.
   */
  after(cursor: number, limit: number): SequencedFrame[] | undefined {
    if (this.#start === undefined || this.#end === undefined) return undefined;
    if (cursor < this.#start || cursor > this.#end) return undefined;
    let i = this.#frames.length;
    while (i > 0 && (this.#frames[i - 1] as SequencedFrame).seq > cursor) i--;
    return this.#frames.slice(i, i + limit);
  }
}
