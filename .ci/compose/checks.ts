import { setTimeout as pause } from 'node:timers/promises';

let passed = 0;
let failed = 0;

/** One promise of the suite. A failure is reported, and the remaining checks still run. */
export async function check(promise: string, look: () => Promise<void>): Promise<void> {
  const started = performance.now();
  const seconds = () => `(${((performance.now() - started) / 1000).toFixed(1)} s)`;
  try {
    await look();
    passed++;
    console.log(`  ok    ${promise} ${seconds()}`);
  } catch (error) {
    failed++;
    console.log(`  FAIL  ${promise} ${seconds()}`);
    console.log(String(error instanceof Error ? error.stack : error).replace(/^/gm, '        '));
  }
}

/** Prints the closing line; whether all is well. */
export function summary(): boolean {
  console.log(`compose: ${passed} passed, ${failed} failed`);
  return failed === 0 && passed > 0;
}

/** Asks again until `fact` is true; rejects with the last reason or value when that takes longer than `timeoutMs`. */
export async function until(fact: () => Promise<boolean>, timeoutMs = 20_000): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  let last: unknown = 'not true yet';
  do {
    try {
      if (await fact()) return;
    } catch (error) {
      last = error;
    }
    await pause(100);
  } while (performance.now() < deadline);
  throw new Error(`not true within ${timeoutMs} ms`, { cause: last });
}
