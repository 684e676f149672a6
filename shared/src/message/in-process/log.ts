import type { History, Message, SequencedMessage } from '../capabilities.ts';

/** A page of a log: `end` is the number up to which it was read. */
interface LogPage {
  messages: SequencedMessage[];
  end: number;
}

/**
 * The newest messages of all topics in memory, in one order: at most `limit` can be read, and an id among
 * them is not stored twice in its topic.
 */
export class InProcessLog {
  readonly #limit: number;
  /** Undefined where a message was erased. */
  readonly #messages: (SequencedMessage | undefined)[] = [];
  readonly #seqByTopicAndId = new Map<string, Map<string, number>>();
  /** Number before `#messages[0]`. */
  #base: number;

  constructor(base: number, limit: number) {
    this.#base = base;
    this.#limit = limit;
  }

  get history(): History {
    const end = this.#base + this.#messages.length;
    return { start: Math.max(this.#base, end - this.#limit), end };
  }

  append(topic: string, { id, key, metadata, payload }: Message): void {
    const seqById = this.#idsOf(topic);
    if (seqById.has(id)) return;
    const seq = this.#base + this.#messages.length + 1;
    const stored = { topic, position: String(seq), publishedAt: new Date(), seq };
    this.#messages.push({ id, key, metadata, payload: copyOf(payload), ...stored });
    seqById.set(id, seq);
    // Many at a time, because removing from the front of an array costs its length.
    if (this.#messages.length >= 1.25 * this.#limit + 100)
      this.#discardOldest(this.#messages.length - this.#limit);
  }

  after(topics: ReadonlySet<string>, seq: number, take: number): LogPage {
    const messages: SequencedMessage[] = [];
    let next = Math.max(seq, this.history.start) - this.#base;
    for (; messages.length < take && next < this.#messages.length; next++) {
      const message = this.#messages[next];
      if (message && topics.has(message.topic)) messages.push(message);
    }
    return { messages, end: Math.max(seq, this.#base + next) };
  }

  /** The number before the first message stored at `since` or later. */
  before(since: Date): number {
    const first = this.#messages.findIndex((message) => message && message.publishedAt >= since);
    return first < 0 ? this.history.end : this.#base + first;
  }

  /** The ids stay known: publishing an erased message again within the dedupe window stores nothing. */
  erase(topic: string, ids: ReadonlySet<string>, since: Date): number {
    let erased = 0;
    for (let i = this.before(since) - this.#base; i < this.#messages.length; i++) {
      const message = this.#messages[i];
      if (message?.topic !== topic || !ids.has(message.id)) continue;
      this.#messages[i] = undefined;
      erased++;
    }
    return erased;
  }

  isErased({ seq }: SequencedMessage): boolean {
    return seq > this.#base && this.#messages[seq - this.#base - 1] === undefined;
  }

  #idsOf(topic: string): Map<string, number> {
    let ids = this.#seqByTopicAndId.get(topic);
    if (!ids) {
      ids = new Map();
      this.#seqByTopicAndId.set(topic, ids);
    }
    return ids;
  }

  #discardOldest(count: number): void {
    this.#messages.splice(0, count);
    this.#base += count;
    for (const ids of this.#seqByTopicAndId.values()) {
      // In the order of publishing.
      for (const [id, seq] of ids) {
        if (seq > this.#base) break;
        ids.delete(id);
      }
    }
  }
}

/** In memory of its own: one from Node's pool of buffers would keep 64 KiB of it, as long as it is kept. */
function copyOf(payload: Uint8Array): Buffer {
  const copy = Buffer.allocUnsafeSlow(payload.length);
  copy.set(payload);
  return copy;
}
