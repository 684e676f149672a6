/** Something a service needs. */
export interface ReadinessCheck {
  name: string;
  /** Resolves when it can be used; rejects with the reason. */
  check(): Promise<void>;
}

export interface ReadinessReport {
  ready: boolean;
  /** `ok`, or what is wrong, by part. */
  checks: Record<string, string>;
}

const CHECK_TIMEOUT_MS = 1000;

/** Asks every part at once; one that does not answer within a second counts as missing. */
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
    return error instanceof Error ? error.message || error.name : String(error);
  } finally {
    clearTimeout(timer);
  }
}
