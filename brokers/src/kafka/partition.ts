import type { StoredMessage } from '@meower/shared/message/capabilities.ts';
import type { Located } from './codec.ts';
import { parsePartitionName } from './offsets.ts';

/** A message that is not settled. Not an object literal, which V8 may allocate in the old generation. */
export class Unsettled {
  readonly partition: KafkaPartition;
  readonly offset: number;
  readonly message: StoredMessage;
  attempt = 1;

  constructor(partition: KafkaPartition, { offset, message }: Located) {
    this.partition = partition;
    this.offset = offset;
    this.message = message;
  }
}

/** A key of which a batch has messages, or messages that were nacked. */
interface HeldKey {
  batch: object | undefined;
  /** Its messages in the batch that are not settled. */
  open: number;
  nacked: Unsettled[];
  /** Those that come after them. */
  behind: Unsettled[];
  dueAtMs: number;
}

/**
 * What a member knows of a partition that it owns. Kafka stores one offset for it, so the group may only
 * commit the lowest that is not settled. Messages of one key are delivered one after the other: none while an
 * earlier one is unsettled, those of the same batch excepted.
 */
export class KafkaPartition {
  readonly name: string;
  readonly topic: string;
  readonly partition: number;
  /** The offset that is fetched next. */
  position: number;
  /** What the group has on the server. */
  committed: number;
  /** It belongs to another member, or soon will: nothing more is delivered. */
  isLeaving = false;
  /** In the order of offsets. */
  readonly #unsettled = new Set<number>();
  readonly #held = new Map<string, HeldKey>();
  readonly #timers = new Set<NodeJS.Timeout>();
  readonly #onReady: (messages: readonly Unsettled[]) => void;

  constructor(name: string, committed: number, onReady: (messages: readonly Unsettled[]) => void) {
    ({ topic: this.topic, partition: this.partition } = parsePartitionName(name));
    this.name = name;
    this.position = committed;
    this.committed = committed;
    this.#onReady = onReady;
  }

  /** The group has settled all messages before this offset. */
  get committable(): number {
    const [lowest] = this.#unsettled;
    return lowest ?? this.position;
  }

  add(messages: readonly Located[], next: number): Unsettled[] {
    this.position = next;
    return messages.map((located) => {
      this.#unsettled.add(located.offset);
      return new Unsettled(this, located);
    });
  }

  /** Messages were deleted, or the topic was recreated. */
  restartAt(offset: number): void {
    this.#unsettled.clear();
    this.#held.clear();
    this.stopTimers();
    this.position = offset;
    this.committed = -1;
  }

  /**
   * Whether it may be delivered in this batch. Otherwise it comes back when those of its key before it are
   * settled.
   */
  enter(message: Unsettled, batch: object): boolean {
    const { key } = message.message;
    if (key === undefined) return true;
    const held = this.#held.get(key);
    if (held && held.batch !== batch) {
      held.behind.push(message);
      return false;
    }
    if (held) held.open++;
    else this.#held.set(key, { batch, open: 1, nacked: [], behind: [], dueAtMs: 0 });
    return true;
  }

  settled(message: Unsettled): void {
    this.#unsettled.delete(message.offset);
    this.#leave(message);
  }

  nacked(message: Unsettled, delayMs: number): void {
    message.attempt++;
    const dueAtMs = performance.now() + delayMs;
    const { key } = message.message;
    const held = key === undefined ? undefined : this.#held.get(key);
    if (!held) {
      this.#redeliverAt(dueAtMs, () => [message]);
      return;
    }
    held.nacked.push(message);
    held.dueAtMs = Math.max(held.dueAtMs, dueAtMs);
    this.#leave(message);
  }

  stopTimers(): void {
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
  }

  #leave({ message: { key } }: Unsettled): void {
    const held = key === undefined ? undefined : this.#held.get(key);
    if (key === undefined || !held || --held.open > 0) return;
    const release = () => {
      this.#held.delete(key);
      return [...held.nacked.sort((a, b) => a.offset - b.offset), ...held.behind];
    };
    if (held.nacked.length > 0) {
      held.batch = undefined;
      this.#redeliverAt(held.dueAtMs, release);
    } else {
      const behind = release();
      if (behind.length > 0) this.#onReady(behind);
    }
  }

  #redeliverAt(dueAtMs: number, release: () => readonly Unsettled[]): void {
    const timer = setTimeout(
      () => {
        this.#timers.delete(timer);
        this.#onReady(release());
      },
      Math.max(0, dueAtMs - performance.now()),
    );
    this.#timers.add(timer);
  }
}
