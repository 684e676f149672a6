import { sleep } from '@meower/shared/async/sleep.ts';
import type { Target } from './client.ts';
import { type Experience, HonestCats, p99 } from './honest-cats.ts';
import { startAttack } from './start-attack.ts';

/** How many times slower an honest user may become, at the 99th percentile. */
const MAX_SLOWDOWN = 3;
/** In milliseconds: what is faster is not slow, however fast the quiet machine is. */
const UNNOTICED_MS = 150;
const WARM_UP_MS = 3000;
const QUIET_MS = 5000;
/** How long everything has to be normal after an attack, and until when, in milliseconds. */
const CALM_MS = 1000;
const RECOVERY_MS = 10_000;
const MEMORY_INTERVAL_MS = 500;
const MEGABYTE = 1024 ** 2;
/** Of an attack that only slows: other programs on the machine do so too, now and then. */
const ATTEMPTS = 3;

interface Attempt {
  experience: Experience;
  memory: Record<string, number>;
  failures: string[];
}

interface Verdict {
  holds: boolean;
  /** Of the last attempt, in one line. */
  figures: string;
  failures: readonly string[];
}

/** Attacks a target while honest users go on, and judges how they fare. */
export class Campaign {
  readonly #target: Target;
  readonly #honest: HonestCats;
  readonly #signal: AbortSignal;
  /** Of the times without an attack: the reference. */
  readonly #quiet: number[] = [];

  private constructor(target: Target, honest: HonestCats, signal: AbortSignal) {
    this.#target = target;
    this.#honest = honest;
    this.#signal = signal;
  }

  /** Measures the reference. */
  static async begin(target: Target, signal: AbortSignal): Promise<Campaign> {
    const campaign = new Campaign(target, await HonestCats.arrive(target), signal);
    // The first requests compile the code.
    await campaign.#live(WARM_UP_MS);
    const quiet = await campaign.#live(QUIET_MS);
    if (quiet.failures.length > 0) throw new Error(`without an attack: ${quiet.failures[0]}`);
    campaign.#quiet.push(...quiet.latencies);
    console.log(describe('quiet', quiet.latencies));
    return campaign;
  }

  /** Whether the attack does no harm. One that only slows has to do so each time. */
  async withstands(name: string, ms: number, seed: number): Promise<Verdict> {
    for (let attempt = 1; ; attempt++) {
      const { experience, memory, failures } = await this.#attack(name, ms, seed);
      const allowed = this.#allowedMs();
      const isSlow = p99(experience.latencies) > allowed;
      const recoveredMs = await this.#recover();
      if (recoveredMs === undefined) failures.push(`not normal after ${RECOVERY_MS} ms`);
      const figures = [
        describe(name, experience.latencies),
        `allowed ${allowed.toFixed(0)} ms`,
        ...Object.entries(memory).map(([name, bytes]) => `${name} ${Math.round(bytes / MEGABYTE)} MB`),
        `normal after ${(recoveredMs ?? Number.NaN) / 1000} s`,
      ].join(', ');
      const holds = failures.length === 0 && !isSlow;
      if (holds || failures.length > 0 || attempt === ATTEMPTS) return { holds, figures, failures };
      console.log(`  slow: ${figures}`);
    }
  }

  end(): void {
    this.#honest.leave();
  }

  async #attack(name: string, ms: number, seed: number): Promise<Attempt> {
    await using attack = await startAttack(this.#target, name, seed);
    const ended = new AbortController();
    const memory = this.#watchMemory(ended.signal);
    const experience = await this.#live(ms);
    ended.abort();
    const { most, failures } = await memory;
    if (attack.failure) failures.push(attack.failure);
    return { experience, memory: most, failures: [...failures, ...new Set(experience.failures)] };
  }

  #live(ms: number): Promise<Experience> {
    return this.#honest.live(AbortSignal.any([this.#signal, AbortSignal.timeout(ms)]));
  }

  /** How long it took until everything was normal, in milliseconds; undefined if too long. */
  async #recover(): Promise<number | undefined> {
    const started = performance.now();
    const waitedMs = () => Math.round(performance.now() - started);
    while (waitedMs() < RECOVERY_MS && !this.#signal.aborted) {
      const before = waitedMs();
      const { latencies, failures } = await this.#live(CALM_MS);
      if (failures.length > 0 || p99(latencies) > this.#allowedMs()) continue;
      this.#quiet.push(...latencies);
      return before;
    }
    return undefined;
  }

  async #watchMemory(signal: AbortSignal): Promise<{ most: Record<string, number>; failures: string[] }> {
    const most: Record<string, number> = {};
    const failures = new Set<string>();
    do {
      try {
        for (const [name, { used, limit }] of Object.entries(await this.#target.memory())) {
          most[name] = Math.max(most[name] ?? 0, used);
          if (used > limit) failures.add(`${name} needs more than ${Math.round(limit / MEGABYTE)} MB`);
        }
      } catch (error) {
        failures.add(String(error));
      }
      await sleep(MEMORY_INTERVAL_MS, signal);
    } while (!signal.aborted);
    return { most, failures: [...failures] };
  }

  #allowedMs(): number {
    return Math.max(UNNOTICED_MS, MAX_SLOWDOWN * p99(this.#quiet));
  }
}

function describe(name: string, latencies: number[]): string {
  return `${name}: honest p99 ${p99(latencies).toFixed(0)} ms of ${latencies.length}`;
}
