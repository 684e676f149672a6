/** What happened to a meow. */
export interface Step {
  readonly at: Date;
  /** `committed`, `published`, … */
  readonly what: string;
  readonly details?: string | undefined;
}

/** Remembers what this process has done with the newest meows, for operators. */
export interface StepLog {
  add(id: string, what: string, details?: string): void;
  /** In their order, the newest ones of many; none of a meow that is forgotten, or of another process. */
  of(id: string): readonly Step[];
}

/** Steps that are remembered: at most five of each of 6000 meows. */
const CAPACITY = 30_000;
/** Most steps of one meow, which may be retried without end. */
const STEPS_OF_ONE = 50;

/**
 * A ring with a column for each part of a step. Objects that are kept for seconds cost the garbage collector more than
 * everything else that is measured.
 */
export function createStepLog({
  capacity = CAPACITY,
  stepsOfOne = STEPS_OF_ONE,
  now = Date.now,
} = {}): StepLog {
  const ids = new Array<string>(capacity).fill('');
  const whats = new Array<string>(capacity).fill('');
  const details = new Array<string | undefined>(capacity).fill(undefined);
  const times = new Float64Array(capacity);
  let next = 0;
  return {
    add(id, what, detail) {
      ids[next] = id;
      whats[next] = what;
      details[next] = detail;
      times[next] = now();
      next = next + 1 === capacity ? 0 : next + 1;
    },
    of(id) {
      const places = Array.from({ length: capacity }, (_, i) => (next + i) % capacity);
      return places
        .filter((i) => ids[i] === id)
        .slice(-stepsOfOne)
        .map((i) => ({ at: new Date(times[i] ?? 0), what: whats[i] ?? '', details: details[i] }));
    },
  };
}
