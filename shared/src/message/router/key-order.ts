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

/** A delivery, and the next one of its key that waits for it. */
export interface Ordered<T> {
  readonly delivery: Delivery;
  following: T | undefined;
}

/**
 * Decides when a message of a key may be handled: never two of a key at the same time, and in the order of
 * their first delivery. When one fails, those behind it are nacked until it is acked or rejected.
 */
export class KeyOrder<T extends Ordered<T>> {
  /** The last delivery of each key of which one is being handled. */
  readonly #last = new Map<string, T>();
  /** In the order of their last failure. */
  readonly #held = new Map<string, Held>();

  /**
   * Whether it may be handled now. 'later': `leave` returns it. A number: it has to be nacked for so many
   * milliseconds.
   */
  enter(item: T): 'now' | 'later' | number {
    const { key } = item.delivery;
    if (key === undefined) return 'now';
    const last = this.#last.get(key);
    const held = this.#held.size > 0 ? this.#held.get(key) : undefined;
    if (held) {
      const now = performance.now();
      const place = placeOf(item, held);
      if (!last && now > held.dueAtMs + MISSING_MS) advance(held, place);
      const isNext = place === (last ? placeOf(last, held) + 1 : held.next);
      if (!isNext) return Math.max(0, held.dueAtMs - now) + BEHIND_MS;
    }
    this.#last.set(key, item);
    if (!last) return 'now';
    last.following = item;
    return 'later';
  }

  /** It was acked or rejected. Returns the next of its key. */
  leave(item: T): T | undefined {
    const { key } = item.delivery;
    if (key === undefined) return undefined;
    const held = this.#held.size > 0 ? this.#held.get(key) : undefined;
    if (held) {
      advance(held, placeOf(item, held) + 1);
      if (held.places.size === 0) this.#held.delete(key);
    }
    if (!item.following) this.#last.delete(key);
    return item.following;
  }

  /** It has to be nacked for `delayMs`, and then those that follow it. */
  hold(item: T, delayMs: number): void {
    const { key } = item.delivery;
    if (key === undefined) return;
    const held = this.#held.get(key) ?? { places: new Map(), next: 0, dueAtMs: 0 };
    held.dueAtMs = performance.now() + delayMs;
    for (let each: T | undefined = item; each; each = each.following) placeOf(each, held);
    this.#last.delete(key);
    this.#held.delete(key);
    this.#forgetMissing();
    this.#held.set(key, held);
  }

  #forgetMissing(): void {
    const longAgoMs = performance.now() - MISSING_MS;
    for (const [key, { dueAtMs }] of this.#held) {
      if (dueAtMs > longAgoMs || this.#last.has(key)) return;
      this.#held.delete(key);
    }
  }
}

function placeOf({ delivery }: { readonly delivery: Delivery }, { places, next }: Held): number {
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
