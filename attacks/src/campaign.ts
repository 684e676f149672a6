import { sleep } from '@meower/shared/async/sleep.ts';
import { EXPENSIVE_SEARCH } from './attacks.ts';
import { Client, type Target } from './client.ts';
import { type Experience, HonestCats, p99 } from './honest-cats.ts';
import { startAttack } from './start-attack.ts';

/** How many times slower an honest user may become, at the 99th percentile. */
const MAX_SLOWDOWN = 3;
const QUIET_MS = 5000;
/** The warm-up ends when one round is hardly faster than the round before. */
const WARM_UP = { roundMs: 2000, maxRounds: 10, hardlyFaster: 0.8, address: 1 };
/** How long everything has to be normal after an attack, and until when, in milliseconds. */
const CALM_MS = 1000;
const RECOVERY_MS = 10_000;
const MEMORY_INTERVAL_MS = 1000;
const MEGABYTE = 1024 ** 2;
/**
 * Of an attack that only slows, each longer than the one before: other programs on the machine slow, too, and
 * a percentile of more actions is more exact.
 */
const ATTEMPTS = 3;

interface Attempt {
  experience: Experience;
  memory: Record<string, number>;
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
    await campaign.#warmUp();
    const { latencies, failures } = (await campaign.#live(QUIET_MS)).experience;
    if (failures.length > 0) throw new Error(`without an attack: ${failures[0]}`);
    campaign.#quiet.push(...latencies);
    console.log(describe('quiet', latencies));
    return campaign;
  }

  /** Whether the attack does no harm. One that only slows has to do so each time. */
  async withstands(name: string, ms: number, seed: number): Promise<Verdict> {
    for (let attempt = 1; ; attempt++) {
      const { experience, memory } = await this.#attack(name, ms * attempt, seed);
      const failures = [...experience.failures];
      const slowdown = p99(experience.latencies) / p99(this.#quiet);
      const recoveredMs = await this.#recover();
      if (recoveredMs === undefined) failures.push(`not normal after ${RECOVERY_MS} ms`);
      const figures = [
        describe(name, experience.latencies),
        `${slowdown.toFixed(1)} × quiet`,
        ...Object.entries(memory).map(([name, bytes]) => `${name} ${Math.round(bytes / MEGABYTE)} MB`),
        `normal after ${(recoveredMs ?? Number.NaN) / 1000} s`,
      ].join(', ');
      const isSlow = slowdown > MAX_SLOWDOWN;
      const holds = failures.length === 0 && !isSlow;
      if (holds || failures.length > 0 || attempt === ATTEMPTS) return { holds, figures, failures };
      console.log(`  slow: ${figures}`);
    }
  }

  end(): void {
    console.log(describe('quiet, also between the attacks', this.#quiet));
    this.#honest.leave();
  }

  /** Until all code is compiled, also that of the search engine. */
  async #warmUp(): Promise<void> {
    let before = Number.POSITIVE_INFINITY;
    for (let round = 0; round < WARM_UP.maxRounds && !this.#signal.aborted; round++) {
      const signal = AbortSignal.any([this.#signal, AbortSignal.timeout(WARM_UP.roundMs)]);
      const [{ experience }] = await Promise.all([this.#live(WARM_UP.roundMs), this.#searchUntil(signal)]);
      const now = p99(experience.latencies);
      if (now > WARM_UP.hardlyFaster * before) return;
      before = now;
    }
  }

  async #searchUntil(signal: AbortSignal): Promise<void> {
    const client = new Client(this.#target, WARM_UP.address);
    while (!signal.aborted) await client.request(EXPENSIVE_SEARCH);
    client.close();
  }

  async #attack(name: string, ms: number, seed: number): Promise<Attempt> {
    await using attack = await startAttack(this.#target, name, seed);
    const attempt = await this.#live(ms);
    if (attack.failure) attempt.experience.failures.push(attack.failure);
    return attempt;
  }

  /** The memory is watched also without an attack, because that takes time of the machine. */
  async #live(ms: number): Promise<Attempt> {
    const signal = AbortSignal.any([this.#signal, AbortSignal.timeout(ms)]);
    const [{ latencies, failures }, memory] = await Promise.all([
      this.#honest.live(signal),
      this.#watchMemory(signal),
    ]);
    const experience = { latencies, failures: [...memory.failures, ...new Set(failures)] };
    return { experience, memory: memory.most };
  }

  /** How long it took until everything was normal, in milliseconds; undefined if too long. */
  async #recover(): Promise<number | undefined> {
    const started = performance.now();
    const waitedMs = () => Math.round(performance.now() - started);
    while (waitedMs() < RECOVERY_MS && !this.#signal.aborted) {
      const before = waitedMs();
      const { latencies, failures } = (await this.#live(CALM_MS)).experience;
      if (failures.length > 0 || p99(latencies) > MAX_SLOWDOWN * p99(this.#quiet)) continue;
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
}

function describe(name: string, latencies: number[]): string {
  return `${name}: honest p99 ${p99(latencies).toFixed(0)} ms of ${latencies.length}`;
}
