import { waitUntil } from '../../shared/src/testing/wait-until.ts';

let passed = 0;
let failed = 0;

/** Runs one check and prints its result; the next ones run also after a failure. */
export async function check(title: string, run: () => Promise<void>): Promise<void> {
  const started = performance.now();
  const seconds = () => `(${((performance.now() - started) / 1000).toFixed(1)} s)`;
  try {
    await run();
    passed++;
    console.log(`  ok    ${title} ${seconds()}`);
  } catch (error) {
    failed++;
    console.log(`  FAIL  ${title} ${seconds()}`);
    console.log(String(error instanceof Error ? error.stack : error).replace(/^/gm, '        '));
  }
}

/** Prints the closing line; returns whether all checks passed. */
export function summary(): boolean {
  console.log(`compose: ${passed} passed, ${failed} failed`);
  return failed === 0 && passed > 0;
}

/** Calls `condition` until it resolves to true; rejects after 20 s. */
export function until(condition: () => Promise<boolean>): Promise<void> {
  const findMissing = async () => ((await condition()) ? undefined : 'the condition is false');
  return waitUntil(findMissing, { timeoutMs: 20_000 });
}
