/** Prints what holds and what does not, and counts both: for suites that are no tests of Vitest. */
export class ResultCounter {
  #passed = 0;
  #failed = 0;

  add(promise: string, holds: boolean): void {
    if (holds) this.#passed++;
    else this.#failed++;
    console.log(`${holds ? '✓' : '✗'} ${promise}`);
  }

  /** Prints the closing line; returns the exit code. A run without a result has failed. */
  finish(suite: string): 0 | 1 {
    console.log(`${suite}: ${this.#passed} passed, ${this.#failed} failed`);
    return this.#failed === 0 && this.#passed > 0 ? 0 : 1;
  }
}
