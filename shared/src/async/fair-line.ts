import TinyQueue from 'tinyqueue';

/** Clients whose last turns are remembered. Each of the others comes after those that had no turn for as long. */
const REMEMBERED = 1000;

interface WaitingClient<T> {
  name: string;
  /** When it had its last turn, in turns and arrivals. */
  lastTurn: number;
  items: T[];
}

/**
 * Items of several clients that wait. The client comes first whose last turn is longest ago, so that one with
 * many items does not delay one with few; of each client, the first item.
 */
export class FairLine<T> {
  readonly #waiting = new Map<string, WaitingClient<T>>();
  readonly #order = new TinyQueue<WaitingClient<T>>([], (a, b) => a.lastTurn - b.lastTurn);
  /** The latest last. */
  readonly #lastTurns = new Map<string, number>();
  #now = 0;
  #size = 0;

  /** Items. */
  get size(): number {
    return this.#size;
  }

  add(name: string, item: T): void {
    this.#now++;
    this.#size++;
    const client = this.#waiting.get(name);
    if (client) client.items.push(item);
    else {
      const lastTurn = this.#lastTurns.get(name) ?? this.#now - REMEMBERED;
      this.#enqueue({ name, lastTurn, items: [item] });
    }
  }

  next(): T | undefined {
    const client = this.#order.pop();
    if (!client) return undefined;
    this.#waiting.delete(client.name);
    this.#size--;
    const item = client.items.shift();
    this.hadTurn(client.name);
    if (client.items.length > 0) this.#enqueue({ ...client, lastTurn: this.#now });
    return item;
  }

  /** To be called for a turn without waiting. */
  hadTurn(name: string): void {
    this.#now++;
    this.#lastTurns.delete(name);
    this.#lastTurns.set(name, this.#now);
    if (this.#lastTurns.size <= REMEMBERED) return;
    for (const [oldest] of this.#lastTurns) {
      this.#lastTurns.delete(oldest);
      break;
    }
  }

  #enqueue(client: WaitingClient<T>): void {
    this.#waiting.set(client.name, client);
    this.#order.push(client);
  }
}
