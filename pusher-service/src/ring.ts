/** A frame at its position in the history. */
export interface SequencedFrame {
  readonly seq: number;
  readonly frame: Buffer;
}

/**
 * The newest frames, for clients that missed a few. Knows from which position on it is complete, so that it never
 * serves a gap.
 */
export class Ring {
  readonly #limit: number;
  #frames: SequencedFrame[] = [];
  /** Everything after this position, up to `#end`, is here. */
  #start: number | undefined;
  #end: number | undefined;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** What comes next follows `position`; of no effect once something has come. */
  begin(position: number): void {
    this.#start ??= position;
    this.#end ??= position;
  }

  /** Empty; where the next frame stands is not known until it comes. */
  reset(): void {
    this.#frames = [];
    this.#start = undefined;
    this.#end = undefined;
  }

  /** An event at this position has come that is nothing to send. */
  pass(seq: number): void {
    this.#start ??= seq - 1;
    this.#end = seq;
  }

  push(frame: SequencedFrame): void {
    this.pass(frame.seq);
    this.#frames.push(frame);
    // Dropping half at once keeps the cost of a push constant.
    if (this.#frames.length >= 2 * this.#limit) {
      this.#start = (this.#frames[this.#limit - 1] as SequencedFrame).seq;
      this.#frames = this.#frames.slice(this.#limit);
    }
  }

  /** The first `limit` frames after `cursor`, in order; `undefined` when they are not all here, or the cursor is ahead of what has come. */
  after(cursor: number, limit: number): SequencedFrame[] | undefined {
    if (this.#start === undefined || this.#end === undefined) return undefined;
    if (cursor < this.#start || cursor > this.#end) return undefined;
    let i = this.#frames.length;
    while (i > 0 && (this.#frames[i - 1] as SequencedFrame).seq > cursor) i--;
    return this.#frames.slice(i, i + limit);
  }
}
