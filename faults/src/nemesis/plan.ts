import { createRandom } from '../seeded-random.ts';

/** The names of what faults can hit. */
export interface Topology {
  services: readonly string[];
  dependencies: readonly string[];
  /** Groups of connections, `from>to`; `*>to` is every connection to a dependency. */
  links: readonly string[];
}

export const faultKinds = [
  'kill service',
  'pause service',
  'restart service',
  'kill dependency',
  'pause dependency',
  'restart dependency',
  'cut connections',
  'refuse connections',
  'hang connections',
  'wipe index',
  'wipe stream',
  'republish',
  'reindex',
  'repair drift',
] as const;
export type FaultKind = (typeof faultKinds)[number];

export interface Fault {
  kind: FaultKind;
  /** A service, a dependency or a link; empty for kinds without a choice. */
  target: string;
  /** Delay from the start of the round, in milliseconds. */
  afterMs: number;
  /** How long the fault lasts, in milliseconds; kinds without a duration ignore it. */
  forMs: number;
}

/** Faults that are injected together. A quiet period follows each round, so that recovery is tested too. */
export type Round = readonly Fault[];

const MAX_FAULTS_PER_ROUND = 3;
/** Later faults of a round overlap with the first one. */
const SPREAD_MS = 3000;
const DURATION_MS = { least: 1000, most: 9000 };

/**
 * An endless plan, the same for the same seed and topology. Every kind is drawn once before any is drawn
 * again.
 */
export function* planRounds(seed: number, topology: Topology): Generator<Round, never> {
  const random = createRandom(seed, 'plan');
  let deck: FaultKind[] = [];

  const draw = (): Fault => {
    if (deck.length === 0) deck = random.shuffled(faultKinds);
    const kind = deck.pop() as FaultKind;
    const targets = targetsOf(kind, topology);
    return {
      kind,
      target: random.oneOf(targets),
      afterMs: 0,
      forMs: random.between(DURATION_MS.least, DURATION_MS.most),
    };
  };

  for (let single = true; ; single = !single) {
    const round = [draw()];
    if (!single) {
      const more = random.between(1, MAX_FAULTS_PER_ROUND - 1);
      for (let i = 0; i < more; i++) {
        const fault = { ...draw(), afterMs: random.between(0, SPREAD_MS) };
        // Two faults on one process would undo each other.
        if (!round.some(({ target }) => target !== '' && target === fault.target)) round.push(fault);
      }
    }
    yield round;
  }
}

function targetsOf(kind: FaultKind, { services, dependencies, links }: Topology): readonly string[] {
  if (kind.endsWith('service')) return services;
  if (kind.endsWith('dependency')) return dependencies;
  if (kind.endsWith('connections')) return links;
  return [''];
}
