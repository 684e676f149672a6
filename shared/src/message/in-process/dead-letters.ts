import {
  type DeadLetter,
  type DeadLetters,
  NoSuchDeadLetterError,
  type Position,
  type SequencedMessage,
} from '../capabilities.ts';

interface InProcessDeadLettersOptions {
  limit: number;
  redeliver: (group: string, message: SequencedMessage) => void;
}

interface Stored {
  letter: DeadLetter;
  message: SequencedMessage;
}

/** Dead letters in memory. */
export class InProcessDeadLetters implements DeadLetters {
  readonly #stored = new Map<Position, Stored>();
  readonly #options: InProcessDeadLettersOptions;
  #last = 0;

  constructor(options: InProcessDeadLettersOptions) {
    this.#options = options;
  }

  /** Throws when `limit` are stored. */
  add(message: SequencedMessage, { group, reason, attempts }: Rejection): void {
    const { limit } = this.#options;
    if (this.#stored.size >= limit) throw new Error(`there are ${limit} dead letters already`);
    const { id, key, metadata, payload, topic } = message;
    const position = String(++this.#last);
    const origin = { topic, position: message.position };
    const rejection = { position, group, reason, attempts, origin, rejectedAt: new Date() };
    this.#stored.set(position, { letter: { id, key, metadata, payload, ...rejection }, message });
  }

  async list(): Promise<DeadLetter[]> {
    return [...this.#stored.values()].map(({ letter }) => letter);
  }

  async retry(position: Position): Promise<void> {
    const { letter, message } = this.#find(position);
    this.#options.redeliver(letter.group, message);
    this.#stored.delete(position);
  }

  async drop(position: Position): Promise<void> {
    this.#find(position);
    this.#stored.delete(position);
  }

  async count(): Promise<number> {
    return this.#stored.size;
  }

  erase(topic: string, ids: ReadonlySet<string>, since: Date): number {
    let erased = 0;
    for (const [position, { message }] of this.#stored) {
      if (message.topic !== topic || !ids.has(message.id) || message.publishedAt < since) continue;
      this.#stored.delete(position);
      erased++;
    }
    return erased;
  }

  #find(position: Position): Stored {
    const stored = this.#stored.get(position);
    if (!stored) throw new NoSuchDeadLetterError(position);
    return stored;
  }
}

type Rejection = Pick<DeadLetter, 'group' | 'reason' | 'attempts'>;
