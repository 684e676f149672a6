import { errorMessage } from '../process/error-details.ts';

/** Whether a service can do its work, with regard to one dependency. */
export interface ReadinessCheck {
  name: string;
  /** Resolves if it can; rejects with the reason if not. */
  check(): Promise<void>;
}

interface ReadinessReport {
  ready: boolean;
  /** By name of the check: `ok`, or what is wrong. */
  checks: Record<string, string>;
}

const CHECK_TIMEOUT_MS = 1000;

/** Runs all checks concurrently; one that has not ended within a second has failed. */
export async function checkReadiness(checks: readonly ReadinessCheck[]): Promise<ReadinessReport> {
  const states = await Promise.all(checks.map(async (check) => [check.name, await runCheck(check)] as const));
  return { ready: states.every(([, state]) => state === 'ok'), checks: Object.fromEntries(states) };
}

async function runCheck(check: ReadinessCheck): Promise<string> {
  const { promise: timeout, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(
    () => reject(new Error(`no answer within ${CHECK_TIMEOUT_MS} ms`)),
    CHECK_TIMEOUT_MS,
  );
  try {
    await Promise.race([check.check(), timeout]);
    return 'ok';
  } catch (error) {
    return errorMessage(error);
  } finally {
    clearTimeout(timer);
  }
}
