import type { History } from '../checker/history.ts';
import { isClean, type Verdict } from '../checker/verdict.ts';
import type { Fault, Round } from '../nemesis/plan.ts';

export interface RoundReport {
  faults: Round;
  /** Since the load began, in milliseconds. */
  atMs: number;
  /** From the end of the round's last fault until a new meow had come everywhere; absent when it did not in time. */
  recoveredMs?: number;
}

export interface Report {
  name: string;
  seed: number;
  /** What the whole took, in milliseconds. */
  tookMs: number;
  /** Injected, by kind. */
  faults: Record<string, number>;
  rounds: RoundReport[];
  posts: { answered: number; unanswered: number; unansweredButStored: number };
  pages: { frames: number; resumed: number; startedOver: number; lists: number };
  /** How services ended, by signal or exit code. */
  ends: Record<string, number>;
  verdict: Verdict;
  clean: boolean;
}

export interface Ending {
  history: History;
  verdict: Verdict;
  /** What was still under way when the patience was over. */
  stuck: readonly string[];
  dead: number;
  ends: Record<string, number>;
}

export interface Reporting {
  /** Runs one round and measures how long the system takes to be whole again. */
  round(round: Round, strike: () => Promise<void>, recovery: () => Promise<void>): Promise<void>;
  finish(ending: Ending): Report;
}

export function createReport(name: string, seed: number, say: (line: string) => void): Reporting {
  const startedAt = performance.now();
  const elapsedMs = () => Math.round(performance.now() - startedAt);
  const rounds: RoundReport[] = [];
  const notRecovered: string[] = [];

  return {
    async round(faults, strike, recovery) {
      const atMs = elapsedMs();
      await strike();
      const healedMs = elapsedMs();
      try {
        await recovery();
        const recoveredMs = elapsedMs() - healedMs;
        rounds.push({ faults, atMs, recoveredMs });
        say(
          `${seconds(atMs)}  ${faults.map(inWords).join(' + ')}: whole again after ${seconds(recoveredMs)}`,
        );
      } catch (error) {
        rounds.push({ faults, atMs });
        notRecovered.push(`after ${faults.map(inWords).join(' + ')}: ${error}`);
        say(`${seconds(atMs)}  ${faults.map(inWords).join(' + ')}: NOT WHOLE AGAIN: ${error}`);
      }
    },

    finish({ history, verdict, stuck, dead, ends }) {
      const violations = { ...verdict.violations };
      const examples = [...verdict.examples];
      for (const what of [...notRecovered, ...stuck, ...(dead > 0 ? [`${dead} dead letters`] : [])]) {
        violations.stuck++;
        examples.unshift(`stuck: ${what}`);
      }
      const whole: Verdict = { ...verdict, violations, examples };
      return {
        name,
        seed,
        tookMs: elapsedMs(),
        faults: counted(rounds.flatMap((round) => round.faults.map(({ kind }) => kind))),
        rounds,
        posts: countPosts(history),
        pages: countPages(history),
        ends,
        verdict: whole,
        clean: isClean(whole),
      };
    },
  };
}

export function inWords({ kind, target, afterMs, forMs }: Fault): string {
  const lasts = /pause|refuse|hang|kill part/.test(kind) ? ` for ${seconds(forMs)}` : '';
  return `${kind}${target && ` ${target}`}${lasts}${afterMs > 0 ? ` (after ${seconds(afterMs)})` : ''}`;
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

function countPages({ pages }: History): Report['pages'] {
  const counts = { frames: 0, resumed: 0, startedOver: 0, lists: 0 };
  for (const event of pages.flatMap(({ events }) => events)) {
    if (event.kind === 'meow') counts.frames++;
    else if (event.kind === 'refetch') counts.startedOver++;
    else if (event.kind === 'list') counts.lists++;
    else if (event.cursor !== undefined) counts.resumed++;
  }
  return counts;
}

function counted(items: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const item of [...items].sort()) counts[item] = (counts[item] ?? 0) + 1;
  return counts;
}
