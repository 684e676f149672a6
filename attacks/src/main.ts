// npm run test:attack              attacks an embedded Meower while an honest user goes on; 4 minutes
//   -- --url URL                   attacks a compose project instead (TRUSTED_PROXY=0.0.0.0/0)
//   -- --seconds N                 length of each attack (default 8)
//   -- --seed N                    repeats the random bytes of an earlier run
import { parseArgs } from 'node:util';
import { createRandom } from '@meower/faults/seeded-random.ts';
import { sleep } from '@meower/shared/async/sleep.ts';
import { runCommand } from '@meower/shared/process/run-command.ts';
import { attacks } from './attacks.ts';
import type { Target } from './client.ts';
import { composeTarget } from './compose.ts';
import { startEmbedded } from './embedded.ts';
import { type Experience, HonestCat } from './honest-cat.ts';

/** How many times slower an honest user may become, at the 99th percentile. */
const MAX_SLOWDOWN = 3;
/** A quiet machine answers in a few milliseconds: below this, in milliseconds, no one notices. */
const UNNOTICED_MS = 150;
/** Of one process or container, in bytes. */
const MAX_MEMORY = 1.5 * 1024 ** 3;
const RECOVERY_MS = 10_000;
const MEGABYTE = 1024 ** 2;

await runCommand('test:attack', async (signal, args) => {
  const options = { url: { type: 'string' }, seconds: { type: 'string' }, seed: { type: 'string' } } as const;
  const { url, seconds = '8', seed = String(Date.now() % 1e9) } = parseArgs({ args, options }).values;
  console.log(`Seed ${seed}`);
  if (url) return attackAll(composeTarget(url), Number(seconds) * 1000, Number(seed), signal);
  await using embedded = await startEmbedded();
  return await attackAll(embedded, Number(seconds) * 1000, Number(seed), signal);
});
process.exit();

/** The exit code. */
async function attackAll(target: Target, ms: number, seed: number, signal: AbortSignal): Promise<number> {
  const honest = await HonestCat.arrive(target);
  // The first requests compile the code.
  await honest.live(3000, signal);
  const quiet = await honest.live(10_000, signal);
  const allowed = Math.max(UNNOTICED_MS, MAX_SLOWDOWN * p99(quiet));
  console.log(`${describe('quiet', quiet)}; allowed: ${allowed.toFixed(0)} ms`);
  let failed = quiet.failures.length > 0 ? 1 : 0;
  for (const [name, attack] of Object.entries(attacks)) {
    if (signal.aborted) break;
    const ended = AbortSignal.any([signal, AbortSignal.timeout(ms)]);
    const [experience, memory] = await Promise.all([
      honest.live(ms, signal),
      mostMemory(target, ended),
      attack(target, ended, createRandom(seed, name)),
    ]);
    const recovery = await recoverWithin(honest, allowed, signal);
    const most = Math.max(...Object.values(memory));
    const good =
      experience.failures.length === 0 &&
      p99(experience) <= allowed &&
      recovery !== undefined &&
      most <= MAX_MEMORY;
    if (!good) failed++;
    const recovered =
      recovery === undefined ? 'not normal after 10 s' : `normal after ${(recovery / 1000).toFixed(1)} s`;
    console.log(`${good ? '✓' : '✗'} ${describe(name, experience)}; ${megabytes(memory)}; ${recovered}`);
    for (const failure of new Set(experience.failures)) console.log(`    ${failure}`);
  }
  honest.leave();
  const total = Object.keys(attacks).length;
  console.log(`attacks: ${total - failed} passed, ${failed} failed`);
  return failed === 0 ? 0 : 1;
}

/** How long it took until a second of use was as it should be, in milliseconds. */
async function recoverWithin(
  honest: HonestCat,
  allowed: number,
  signal: AbortSignal,
): Promise<number | undefined> {
  const started = performance.now();
  while (performance.now() - started < RECOVERY_MS) {
    const experience = await honest.live(1000, signal);
    if (experience.failures.length === 0 && p99(experience) <= allowed)
      return performance.now() - started - 1000;
  }
  return undefined;
}

async function mostMemory(target: Target, signal: AbortSignal): Promise<Record<string, number>> {
  const most: Record<string, number> = {};
  do {
    for (const [name, bytes] of Object.entries(await target.memory()))
      most[name] = Math.max(most[name] ?? 0, bytes);
    await sleep(500, signal);
  } while (!signal.aborted);
  return most;
}

function p99({ latencies }: Experience): number {
  return latencies.toSorted((a, b) => a - b)[Math.floor(latencies.length * 0.99)] ?? Number.POSITIVE_INFINITY;
}

function describe(name: string, experience: Experience): string {
  const { latencies, failures } = experience;
  return `${name}: honest p99 ${p99(experience).toFixed(0)} ms of ${latencies.length}, ${failures.length} failed`;
}

function megabytes(memory: Record<string, number>): string {
  return Object.entries(memory)
    .map(([name, bytes]) => `${name} ${Math.round(bytes / MEGABYTE)} MB`)
    .join(', ');
}
