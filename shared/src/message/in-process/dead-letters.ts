import { type DeadLetter, type DeadLetters, NoSuchDeadLetterError } from '../broker.ts';
import type { Message, SequencedMessage } from '../message.ts';

/** Dead letters in memory; beyond `limit` the oldest go. */
export class InProcessDeadLetters implements DeadLetters {
  readonly #letters = new Map<number, DeadLetter>();
  readonly #options: { limit: number; now: () => Date; republish: (topic: string, message: Message) => void };
  #lastSeq: number;

  constructor(
    base: number,
    options: { limit: number; now: () => Date; republish: (topic: string, message: Message) => void },
  ) {
    this.#lastSeq = base;
    this.#options = options;
  }

  add({ id, metadata, payload, seq: originSeq }: SequencedMessage, topic: string, reason: string): void {
    const seq = ++this.#lastSeq;
    const rejectedAt = this.#options.now().toISOString();
    this.#letters.set(seq, {
      id,
      metadata,
      payload,
      seq,
      reason,
      origin: { topic, seq: originSeq },
      rejectedAt,
    });
    const [oldest] = this.#letters.keys();
    if (this.#letters.size > this.#options.limit && oldest !== undefined) this.#letters.delete(oldest);
  }

  async list(): Promise<DeadLetter[]> {
    return [...this.#letters.values()];
  }

  async retry(seq: number): Promise<void> {
    const letter = this.#find(seq);
    this.#options.republish(letter.origin.topic, letter);
    this.#letters.delete(seq);
  }

  async drop(seq: number): Promise<void> {
    this.#find(seq);
    this.#letters.delete(seq);
  }

  async count(): Promise<number> {
    return this.#letters.size;
  }

  #find(seq: number): DeadLetter {
    const letter = this.#letters.get(seq);
    if (!letter) throw new NoSuchDeadLetterError(seq);
    return letter;
  }
}
