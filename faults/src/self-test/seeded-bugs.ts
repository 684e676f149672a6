import { fileURLToPath } from 'node:url';
import type { ViolationKind } from '../checker/verdict.ts';
import type { Round } from '../nemesis/plan.ts';
import type { Report } from '../report/report.ts';
import { runScenario, type ScenarioOptions } from '../scenario.ts';
import type { Dependencies } from '../system/dependencies.ts';
import { type Mains, productMains } from '../system/system.ts';

/** A deliberate bug, and the round in which the suite must find it. */
export interface SeededBug {
  name: string;
  description: string;
  /** The service with the bug. */
  mains: Partial<Mains>;
  round: Round;
  expected: ViolationKind;
}

const main = (file: string) => fileURLToPath(new URL(file, import.meta.url));
const refuse = (target: string): Round => [{ kind: 'refuse connections', target, afterMs: 0, forMs: 3000 }];

export const seededBugs: readonly SeededBug[] = [
  {
    name: 'no_outbox',
    description: 'a publish without an outbox',
    mains: { meow: main('meow-without-outbox.ts') },
    round: refuse('*>nats'),
    expected: 'lost',
  },
  {
    name: 'early_ack',
    description: 'an acknowledgement before the index has the meow',
    mains: { query: main('query-acknowledging-early.ts') },
    round: refuse('*>elasticsearch'),
    expected: 'lost',
  },
  {
    name: 'dropped_frames',
    description: 'a pusher that drops a frame',
    mains: { pusher: main('pusher-dropping-frames.ts') },
    round: refuse('pusher-1>nats'),
    expected: 'lost',
  },
  {
    name: 'repeated_frames',
    description: 'a pusher that repeats a frame',
    mains: { pusher: main('pusher-repeating-frames.ts') },
    round: refuse('pusher-1>nats'),
    expected: 'duplicated',
  },
  {
    name: 'forgotten_deletions',
    description: 'an indexer that does not know what was deleted before',
    mains: { query: main('query-forgetting-deletions.ts') },
    round: refuse('pusher-1>nats'),
    expected: 'resurrected',
  },
  {
    name: 'dropped_deletions',
    description: 'a pusher that does not pass on deletions',
    mains: { pusher: main('pusher-dropping-deletions.ts') },
    round: refuse('pusher-1>nats'),
    expected: 'resurrected',
  },
];

/** Runs a short scenario with the bug. */
export function runWithBug(
  dependencies: Dependencies,
  { name, mains, round }: SeededBug,
  options: Omit<ScenarioOptions, 'name' | 'mains' | 'plan' | 'recoveryMs'>,
): Promise<Report> {
  return runScenario(dependencies, {
    ...options,
    name,
    mains: { ...productMains, ...mains },
    plan: () => [round],
    postsPerSecond: Math.min(options.postsPerSecond, 100),
    searches: 0,
    recoveryMs: 0,
    log: () => undefined,
  });
}
