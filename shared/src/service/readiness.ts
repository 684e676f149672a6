import { withTimeout } from '../async/with-timeout.ts';
import { errorMessage } from '../process/error-details.ts';

/** Whether a service can do its work, with regard to one dependency. */
export interface ReadinessCheck {
  name: string;
  /** The service does its main work without it: a failure is reported, and the service is ready. */
  optional?: boolean;
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
  const results = await Promise.all(
    checks.map(async (check) => ({ ...check, state: await runCheck(check) })),
  );
  return {
    ready: results.every(({ optional, state }) => optional || state === 'ok'),
    checks: Object.fromEntries(results.map(({ name, state }) => [name, state])),
  };
}

async function runCheck(check: ReadinessCheck): Promise<string> {
  try {
    await withTimeout(check.check(), CHECK_TIMEOUT_MS);
    return 'ok';
  } catch (error) {
    return errorMessage(error);
  }
}
