import { createRandom } from '../seeded-random.ts';

/** What can be hit: by name. */
export interface Topology {
  services: readonly string[];
  parts: readonly string[];
  /** Groups of connections, each `from>to`; `*>to` are all that lead to a part. */
  links: readonly string[];
}

export const faultKinds = [
  'kill service',
  'pause service',
  'restart service',
  'kill part',
  'pause part',
  'restart part',
  'cut connections',
  'refuse connections',
  'hang connections',
  'wipe index',
  'wipe stream',
] as const;
export type FaultKind = (typeof faultKinds)[number];

export interface Fault {
  kind: FaultKind;
  /** The service, the part or the link; `` for those that have only one. */
  target: string;
  /** How long after the round's beginning it strikes, in milliseconds. */
  afterMs: number;
  /** How long it lasts, in milliseconds; what is over at once has 0. */
  forMs: number;
}

/** Faults that strike alone or overlap; a quiet period follows each round, so that recovery is tested too. */
export type Round = readonly Fault[];

const MOST_AT_ONCE = 3;
/** So that a later fault of a round meets an earlier one. */
const SPREAD_MS = 3000;
const LASTS_MS = { least: 1000, most: 9000 };

/** The same seed and topology give the same rounds, for ever. Every kind has its turn before any comes again. */
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
      forMs: random.between(LASTS_MS.least, LASTS_MS.most),
    };
  };

  for (let alone = true; ; alone = !alone) {
    const round = [draw()];
    if (!alone) {
      const more = random.between(1, MOST_AT_ONCE - 1);
      for (let i = 0; i < more; i++) {
        const fault = { ...draw(), afterMs: random.between(0, SPREAD_MS) };
        // A process can only be hit once at a time.
        if (!round.some(({ target }) => target !== '' && target === fault.target)) round.push(fault);
      }
    }
    yield round;
  }
}

function targetsOf(kind: FaultKind, { services, parts, links }: Topology): readonly string[] {
  if (kind.endsWith('service')) return services;
  if (kind.endsWith('part')) return parts;
  if (kind.endsWith('connections')) return links;
  return [''];
}
