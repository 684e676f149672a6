import type { Delivery } from '../capabilities.ts';

/** How much later than a failed message one behind it is delivered again that came before it. */
const BEHIND_MS = 20;
/** A failed message that is not back so long after its delay was delivered to another member. */
const MISSING_MS = 2000;

/** A key of which a message has failed. */
interface Held {
  /** The failed message and those of its key that came after it: their numbers in order, by id. */
  readonly places: Map<string, number>;
  /** The number of the one that comes next. */
  next: number;
  dueAtMs: number;
}

/**
 * Decides when a message of a key may be handled: never two of a key at the same time, and in the order of
 * their first delivery. When one fails, those behind it are nacked until it is acked or rejected.
 */
export class KeyOrder<T extends { readonly delivery: Delivery }> {
  /** The keys of which a message is being handled. */
  readonly #handled = new Set<string>();
  /** Those that wait for it. Most keys have none. */
  readonly #waiting = new Map<string, T[]>();
  /** In the order of their last failure. */
  readonly #held = new Map<string, Held>();

  /**
   * Whether it may be handled now. 'later': `leave` returns it. A number: it has to be nacked for so many
   * milliseconds.
   */
  enter(item: T): 'now' | 'later' | number {
    const { key } = item.delivery;
    if (key === undefined) return 'now';
    const held = this.#held.size > 0 ? this.#held.get(key) : undefined;
    if (held) {
      const delayMs = this.#delayMs(item, key, held);
      if (delayMs > 0) return delayMs;
    }
    const handled = this.#handled.size;
    if (this.#handled.add(key).size > handled) return 'now';
    const waiting = this.#waiting.get(key);
    if (waiting) waiting.push(item);
    else this.#waiting.set(key, [item]);
    return 'later';
  }

  /** It was acked or rejected. Returns the next of its key. */
  leave({ delivery }: T): T | undefined {
    const { key } = delivery;
    if (key === undefined) return undefined;
    const held = this.#held.size > 0 ? this.#held.get(key) : undefined;
    if (held) {
      advance(held, placeOf(delivery, held) + 1);
      if (held.places.size === 0) this.#held.delete(key);
    }
    const next = this.#waiting.size > 0 ? this.#nextWaiting(key) : undefined;
    if (!next) this.#handled.delete(key);
    return next;
  }

  /** It has to be nacked for `delayMs`, and then those that are returned. */
  hold({ delivery }: T, delayMs: number): readonly T[] {
    const { key } = delivery;
    if (key === undefined) return [];
    const waiting = this.#waiting.get(key) ?? [];
    const held = this.#held.get(key) ?? { places: new Map(), next: 0, dueAtMs: 0 };
    held.dueAtMs = performance.now() + delayMs;
    for (const each of [delivery, ...waiting.map((item) => item.delivery)]) placeOf(each, held);
    this.#waiting.delete(key);
    this.#handled.delete(key);
    this.#held.delete(key);
    this.#forgetMissing();
    this.#held.set(key, held);
    return waiting;
  }

  /** 0 when it is the next of its key. */
  #delayMs({ delivery }: T, key: string, held: Held): number {
    const now = performance.now();
    const place = placeOf(delivery, held);
    const here = this.#handled.has(key) ? 1 + (this.#waiting.get(key)?.length ?? 0) : 0;
    if (here === 0 && now > held.dueAtMs + MISSING_MS) advance(held, place);
    return place === held.next + here ? 0 : Math.max(0, held.dueAtMs - now) + BEHIND_MS;
  }

  #nextWaiting(key: string): T | undefined {
    const waiting = this.#waiting.get(key);
    const next = waiting?.shift();
    if (waiting?.length === 0) this.#waiting.delete(key);
    return next;
  }

  #forgetMissing(): void {
    const longAgoMs = performance.now() - MISSING_MS;
    for (const [key, { dueAtMs }] of this.#held) {
      if (dueAtMs > longAgoMs || this.#handled.has(key)) return;
      this.#held.delete(key);
    }
  }
}

function placeOf(delivery: Delivery, { places, next }: Held): number {
  const id = idOf(delivery);
  const known = places.get(id);
  if (known !== undefined) return known;
  const place = next + places.size;
  places.set(id, place);
  return place;
}

function advance(held: Held, next: number): void {
  for (const [id, place] of held.places) {
    if (place >= next) break;
    held.places.delete(id);
  }
  held.next = next;
}

/** Ids are unique in their topic. */
export function idOf({ topic, id }: Delivery): string {
  return `${topic} ${id}`;
}
