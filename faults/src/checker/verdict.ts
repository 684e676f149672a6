/**
 * - `lost`: promised and missing.
 * - `duplicated`: present more than once.
 * - `reordered`: in the wrong order.
 * - `altered`: present, but not as posted.
 * - `resurrected`: deleted, and present.
 * - `stuck`: not finished within the timeout.
 */
export const violationKinds = ['lost', 'duplicated', 'reordered', 'altered', 'resurrected', 'stuck'] as const;
export type ViolationKind = (typeof violationKinds)[number];

export interface Verdict {
  /** How many checks were made, by place. */
  checked: Record<string, number>;
  /** How many promises were broken, by kind. */
  violations: Record<ViolationKind, number>;
  /** Descriptions of the first violations. */
  examples: string[];
}

/** Collects a verdict. */
export interface VerdictBuilder {
  verdict: Verdict;
  countCheck(place: string): void;
  addViolation(kind: ViolationKind, place: string, description: string): void;
}

const MAX_EXAMPLES = 50;

export function createVerdict(): VerdictBuilder {
  const verdict: Verdict = {
    checked: {},
    violations: { lost: 0, duplicated: 0, reordered: 0, altered: 0, resurrected: 0, stuck: 0 },
    examples: [],
  };
  return {
    verdict,
    countCheck(place) {
      verdict.checked[place] = (verdict.checked[place] ?? 0) + 1;
    },
    addViolation(kind, place, description) {
      verdict.violations[kind]++;
      if (verdict.examples.length < MAX_EXAMPLES) verdict.examples.push(`${kind} (${place}): ${description}`);
    },
  };
}

export function isClean({ violations }: Verdict): boolean {
  return violationKinds.every((kind) => violations[kind] === 0);
}
