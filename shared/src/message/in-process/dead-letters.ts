import { type DeadLetter, type DeadLetters, NoSuchDeadLetterError } from '../broker.ts';
import type { Message, SequencedMessage } from '../message.ts';

export interface InProcessDeadLettersOptions {
  limit: number;
  now: () => Date;
  republish: (topic: string, message: Message) => void;
}

/** Dead letters in memory. */
export class InProcessDeadLetters implements DeadLetters {
  readonly #letters = new Map<number, DeadLetter>();
  readonly #options: InProcessDeadLettersOptions;
  #lastSeq: number;

  constructor(base: number, options: InProcessDeadLettersOptions) {
    this.#lastSeq = base;
    this.#options = options;
  }

  /** Throws when `limit` are stored. */
  add({ id, metadata, payload, seq: originSeq }: SequencedMessage, topic: string, reason: string): void {
    const { limit, now } = this.#options;
    if (this.#letters.size >= limit) throw new Error(`there are ${limit} dead letters already`);
    const seq = ++this.#lastSeq;
    const rejectedAt = now().toISOString();
    const origin = { topic, seq: originSeq };
    this.#letters.set(seq, { id, metadata, payload, seq, reason, origin, rejectedAt });
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
