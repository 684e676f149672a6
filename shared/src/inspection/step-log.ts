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
  /** In their order; none of a meow that is forgotten, or of another process. */
  of(id: string): readonly Step[];
}

/** Meows that are remembered. */
const MEOWS = 10_000;
/** Steps of one meow that are remembered: the oldest ones, of a retry without end. */
const STEPS = 50;

export function createStepLog({ meows = MEOWS, steps = STEPS, now = Date.now } = {}): StepLog {
  const byId = new Map<string, Step[]>();
  return {
    add(id, what, details) {
      const step = { at: new Date(now()), what, details };
      const known = byId.get(id);
      if (known) {
        if (known.length < steps) known.push(step);
        return;
      }
      byId.set(id, [step]);
      // The first key of a map is the oldest.
      if (byId.size > meows) byId.delete(byId.keys().next().value as string);
    },
    of: (id) => byId.get(id) ?? [],
  };
}
