import { fileURLToPath } from 'node:url';
import type { ViolationKind } from '../checker/verdict.ts';
import type { Round } from '../nemesis/plan.ts';
import type { Report } from '../report/report.ts';
import { runTrial, type TrialOptions } from '../scenario.ts';
import type { Parts } from '../system/dependencies.ts';
import { type Mains, realMains } from '../system/system.ts';

/** A bug on purpose, and the round in which it must show. */
export interface Proof {
  bug: string;
  name: string;
  mains: Partial<Mains>;
  round: Round;
  finds: ViolationKind;
}

const sabotaged = (file: string) => fileURLToPath(new URL(file, import.meta.url));
const refused = (target: string): Round => [{ kind: 'refuse connections', target, afterMs: 0, forMs: 3000 }];

export const proofs: readonly Proof[] = [
  {
    bug: 'a publish without outbox',
    name: 'no_outbox',
    mains: { meow: sabotaged('meow-without-outbox.ts') },
    round: refused('*>nats'),
    finds: 'lost',
  },
  {
    bug: 'an acknowledgement before the index has the meow',
    name: 'early_ack',
    mains: { query: sabotaged('query-acknowledging-early.ts') },
    round: refused('*>elasticsearch'),
    finds: 'lost',
  },
  {
    bug: 'a pusher that leaves out a frame',
    name: 'left_out',
    mains: { pusher: sabotaged('pusher-dropping-frames.ts') },
    round: refused('pusher-1>nats'),
    finds: 'lost',
  },
  {
    bug: 'a pusher that repeats a frame',
    name: 'repeated',
    mains: { pusher: sabotaged('pusher-repeating-frames.ts') },
    round: refused('pusher-1>nats'),
    finds: 'doubled',
  },
];

/** A short trial with the bug in place. */
export function runProof(
  parts: Parts,
  { name, mains, round }: Proof,
  options: Omit<TrialOptions, 'name' | 'mains' | 'plan' | 'recoveryMs'>,
): Promise<Report> {
  return runTrial(parts, {
    ...options,
    name,
    mains: { ...realMains, ...mains },
    plan: () => [round],
    postsPerSecond: Math.min(options.postsPerSecond, 100),
    searches: 0,
    recoveryMs: 0,
    say: () => undefined,
  });
}
