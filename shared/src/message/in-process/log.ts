import type { History } from '../broker.ts';
import type { Message, SequencedMessage } from '../message.ts';

/**
 * The newest messages of one topic in memory: at most `limit` can be read, and an id among them is not stored
 * twice.
 */
export class InProcessLog {
  readonly #limit: number;
  readonly #messages: SequencedMessage[] = [];
  readonly #seqById = new Map<string, number>();
  /** Position before `#messages[0]`. */
  #base: number;

  constructor(base: number, limit: number) {
    this.#base = base;
    this.#limit = limit;
  }

  get history(): History {
    const end = this.#base + this.#messages.length;
    return { start: Math.max(this.#base, end - this.#limit), end };
  }

  append(message: Message): void {
    if (!this.#seqById.has(message.id)) this.appendAgain(message);
  }

  /** Stores it even if the id is known. */
  appendAgain({ id, metadata, payload }: Message): void {
    const seq = this.#base + this.#messages.length + 1;
    this.#messages.push({ id, metadata, payload, seq });
    this.#seqById.set(id, seq);
    // Many at a time, because removing from the front of an array costs its length.
    if (this.#messages.length >= 1.25 * this.#limit + 100)
      this.#discardOldest(this.#messages.length - this.#limit);
  }

  after(position: number, take: number): SequencedMessage[] {
    const first = Math.max(position, this.history.start) - this.#base;
    return this.#messages.slice(first, first + take);
  }

  #discardOldest(count: number): void {
    for (const { id, seq } of this.#messages.splice(0, count)) {
      if (this.#seqById.get(id) === seq) this.#seqById.delete(id);
    }
    this.#base += count;
  }
}
