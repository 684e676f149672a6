/** The channel of notifications. Their payload is a topic. */
export const CHANNEL = 'broker_topics';

/** Lets one loop wait for news without missing any that comes while it works. */
export class WakeUp {
  #isSet = false;
  #end: (() => void) | undefined;

  set(): void {
    this.#isSet = true;
    this.#end?.();
  }

  /** To be called before looking for news. */
  clear(): void {
    this.#isSet = false;
  }

  /** Resolves when `set` has been called since the last `clear`, at the latest after `ms`. */
  async wait(ms: number): Promise<void> {
    if (this.#isSet) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, ms);
    this.#end = resolve;
    await promise;
    clearTimeout(timer);
    this.#end = undefined;
  }
}

/** The loops that wait, by topic. */
export class WakeUps {
  readonly #waiting = new Map<WakeUp, ReadonlySet<string>>();

  add(topics: readonly string[]): WakeUp {
    const wakeUp = new WakeUp();
    this.#waiting.set(wakeUp, new Set(topics));
    return wakeUp;
  }

  delete(wakeUp: WakeUp): void {
    this.#waiting.delete(wakeUp);
  }

  /** Without a topic: all. */
  wake(topic?: string): void {
    for (const [wakeUp, topics] of this.#waiting) if (topic === undefined || topics.has(topic)) wakeUp.set();
  }
}
