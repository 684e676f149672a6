import { checkReadiness, type ReadinessCheck } from '@meower/shared/service/readiness.ts';
import { waitUntil } from '@meower/shared/testing/wait-until.ts';

/** Resolves when every check passes, the optional ones too. */
export async function waitUntilReady(checks: readonly ReadinessCheck[]): Promise<void> {
  await waitUntil(
    async () => {
      const report = await checkReadiness(checks);
      return Object.values(report.checks).every((state) => state === 'ok')
        ? undefined
        : JSON.stringify(report.checks);
    },
    { intervalMs: 5 },
  );
}
