import type { History } from '../checker/history.ts';
import { isClean, type Verdict } from '../checker/verdict.ts';
import type { Fault, Round } from '../nemesis/plan.ts';

export interface RoundReport {
  faults: Round;
  /** Since the start of the load, in milliseconds. */
  atMs: number;
  /**
   * From the end of the last fault until a new meow had reached every replica and page; absent if it did not
   * in time.
   */
  recoveredMs?: number;
}

export interface Report {
  name: string;
  seed: number;
  durationMs: number;
  /** Injected faults, by kind. */
  faults: Record<string, number>;
  rounds: RoundReport[];
  posts: { answered: number; unanswered: number; unansweredButStored: number };
  /** `looks`: requests while the system ran that looked for deleted meows. */
  deletions: { answered: number; unanswered: number; looks: number };
  pages: { frames: number; deletions: number; resumes: number; refetches: number; lists: number };
  /** Exits of services, by signal or exit code. */
  exits: Record<string, number>;
  verdict: Verdict;
  clean: boolean;
}

export interface Outcome {
  history: History;
  verdict: Verdict;
  /** What was still in flight after the timeouts. */
  unfinished: readonly string[];
  deadLetters: number;
  exits: Record<string, number>;
  /** See `Deletions.looks`. */
  looks: number;
}

export interface ReportBuilder {
  /** Runs one round and measures how long the system takes to recover. */
  round(round: Round, inject: () => Promise<void>, recover: () => Promise<void>): Promise<void>;
  finish(outcome: Outcome): Report;
}

export function createReport(name: string, seed: number, log: (line: string) => void): ReportBuilder {
  const startedAt = performance.now();
  const elapsedMs = () => Math.round(performance.now() - startedAt);
  const rounds: RoundReport[] = [];
  const notRecovered: string[] = [];

  return {
    async round(faults, inject, recover) {
      const atMs = elapsedMs();
      const description = faults.map(describeFault).join(' + ');
      await inject();
      const overMs = elapsedMs();
      try {
        await recover();
        const recoveredMs = elapsedMs() - overMs;
        rounds.push({ faults, atMs, recoveredMs });
        log(`${seconds(atMs)}  ${description}: recovered after ${seconds(recoveredMs)}`);
      } catch (error) {
        rounds.push({ faults, atMs });
        notRecovered.push(`after ${description}: ${error}`);
        log(`${seconds(atMs)}  ${description}: NOT RECOVERED: ${error}`);
      }
    },

    finish({ history, verdict, unfinished, deadLetters, exits, looks }) {
      const violations = { ...verdict.violations };
      const examples = [...verdict.examples];
      const dead = deadLetters > 0 ? [`${deadLetters} dead letters`] : [];
      for (const what of [...notRecovered, ...unfinished, ...dead]) {
        violations.stuck++;
        examples.unshift(`stuck: ${what}`);
      }
      const complete: Verdict = { ...verdict, violations, examples };
      return {
        name,
        seed,
        durationMs: elapsedMs(),
        faults: countEach(rounds.flatMap((round) => round.faults.map(({ kind }) => kind))),
        rounds,
        posts: countPosts(history),
        deletions: { ...countDeletions(history), looks },
        pages: countPageEvents(history),
        exits,
        verdict: complete,
        clean: isClean(complete),
      };
    },
  };
}

function describeFault({ kind, target, afterMs, forMs }: Fault): string {
  const duration = /pause|refuse|hang|kill dependency/.test(kind) ? ` for ${seconds(forMs)}` : '';
  const delay = afterMs > 0 ? ` (after ${seconds(afterMs)})` : '';
  return `${kind}${target && ` ${target}`}${duration}${delay}`;
}

export function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}

function countPosts({ posts, listed }: History): Report['posts'] {
  const answered = posts.filter(({ id }) => id !== undefined).length;
  const answeredIds = new Set(posts.map(({ id }) => id));
  return {
    answered,
    unanswered: posts.length - answered,
    unansweredButStored: listed.filter(({ id }) => !answeredIds.has(id)).length,
  };
}

function countDeletions({ posts }: History): Omit<Report['deletions'], 'looks'> {
  const requested = posts.filter(({ deletion }) => deletion !== undefined).length;
  const answered = posts.filter(({ deletion }) => deletion === 'answered').length;
  return { answered, unanswered: requested - answered };
}

function countPageEvents({ pages }: History): Report['pages'] {
  const counts = { frames: 0, deletions: 0, resumes: 0, refetches: 0, lists: 0 };
  for (const event of pages.flatMap(({ events }) => events)) {
    if (event.kind === 'meow') counts.frames++;
    else if (event.kind === 'deleted') counts.deletions++;
    else if (event.kind === 'refetch') counts.refetches++;
    else if (event.kind === 'list') counts.lists++;
    else if (event.kind === 'connected' && event.cursor !== undefined) counts.resumes++;
  }
  return counts;
}

function countEach(items: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const item of [...items].sort()) counts[item] = (counts[item] ?? 0) + 1;
  return counts;
}
