/** Calls that wait for their time, and can all be made earlier. */
export class DelayedCalls {
  readonly #waiting = new Map<() => void, NodeJS.Timeout>();

  /** Never within this call. */
  add(delayMs: number, call: () => void): void {
    const timer = setTimeout(() => {
      this.#waiting.delete(call);
      call();
    }, delayMs);
    this.#waiting.set(call, timer);
  }

  /** Makes all calls now. */
  flush(): void {
    const calls = [...this.#waiting.keys()];
    for (const timer of this.#waiting.values()) clearTimeout(timer);
    this.#waiting.clear();
    for (const call of calls) call();
  }
}
