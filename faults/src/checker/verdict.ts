/** Promised and not there · there more than once · not in order · there and not as posted · still at work when the patience was over. */
export const violationKinds = ['lost', 'doubled', 'disordered', 'altered', 'stuck'] as const;
export type ViolationKind = (typeof violationKinds)[number];

export interface Verdict {
  /** How many things were looked at, by place. */
  checked: Record<string, number>;
  /** How many broken promises, by kind. */
  violations: Record<ViolationKind, number>;
  /** The first ones, in words. */
  examples: string[];
}

/** A verdict in the making. */
export interface Verdicts {
  verdict: Verdict;
  checked(place: string): void;
  violated(kind: ViolationKind, place: string, what: string): void;
}

const MOST_EXAMPLES = 50;

export function createVerdict(): Verdicts {
  const verdict: Verdict = {
    checked: {},
    violations: { lost: 0, doubled: 0, disordered: 0, altered: 0, stuck: 0 },
    examples: [],
  };
  return {
    verdict,
    checked(place) {
      verdict.checked[place] = (verdict.checked[place] ?? 0) + 1;
    },
    violated(kind, place, what) {
      verdict.violations[kind]++;
      if (verdict.examples.length < MOST_EXAMPLES) verdict.examples.push(`${kind} (${place}): ${what}`);
    },
  };
}

export function isClean({ violations }: Verdict): boolean {
  return violationKinds.every((kind) => violations[kind] === 0);
}
