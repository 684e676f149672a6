import type { Delivery } from '../capabilities.ts';

/** How much later than a failed message those behind it are delivered again. */
export const BEHIND_MS = 20;
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
  /** The keys being handled, and what waits behind each. */
  readonly #handled = new Map<string, T[]>();
  /** In the order of their last failure. */
  readonly #held = new Map<string, Held>();

  /**
   * Whether it may be handled now. 'later': `leave` returns it. A number: it has to be nacked for so many
   * milliseconds.
   */
  enter(item: T): 'now' | 'later' | number {
    const { key } = item.delivery;
    if (key === undefined) return 'now';
    const waiting = this.#handled.get(key);
    const held = this.#held.size > 0 ? this.#held.get(key) : undefined;
    if (held) {
      const now = performance.now();
      const place = placeOf(item.delivery, held);
      if (!waiting && now > held.dueAtMs + MISSING_MS) advance(held, place);
      const expected = held.next + (waiting ? waiting.length + 1 : 0);
      if (place !== expected) return Math.max(0, held.dueAtMs - now) + BEHIND_MS;
    }
    if (!waiting) this.#handled.set(key, NONE);
    else if (waiting === NONE) this.#handled.set(key, [item]);
    else waiting.push(item);
    return waiting ? 'later' : 'now';
  }

  /** It was acked, rejected or taken away. Returns the next of its key. */
  leave({ delivery }: T): T | undefined {
    const { key } = delivery;
    if (key === undefined) return undefined;
    const held = this.#held.size > 0 ? this.#held.get(key) : undefined;
    if (held) {
      advance(held, placeOf(delivery, held) + 1);
      if (held.places.size === 0) this.#held.delete(key);
    }
    const next = this.#handled.get(key)?.shift();
    if (!next) this.#handled.delete(key);
    return next;
  }

  /**
   * It was nacked for `delayMs`. Returns those of its key that have to be nacked for `delayMs + BEHIND_MS`.
   */
  hold({ delivery }: T, delayMs: number): readonly T[] {
    const { key } = delivery;
    if (key === undefined) return NONE;
    const behind = this.#handled.get(key) ?? NONE;
    const held = this.#held.get(key) ?? { places: new Map(), next: 0, dueAtMs: 0 };
    held.dueAtMs = performance.now() + delayMs;
    placeOf(delivery, held);
    for (const item of behind) placeOf(item.delivery, held);
    this.#handled.delete(key);
    this.#held.delete(key);
    this.#forgetMissing();
    this.#held.set(key, held);
    return behind;
  }

  #forgetMissing(): void {
    const longAgoMs = performance.now() - MISSING_MS;
    for (const [key, { dueAtMs }] of this.#held) {
      if (dueAtMs > longAgoMs || this.#handled.has(key)) return;
      this.#held.delete(key);
    }
  }
}

/**
 * What waits behind a key that is handled alone; shared, so that a message alone costs no list. Stays empty.
 */
const NONE: never[] = [];

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
