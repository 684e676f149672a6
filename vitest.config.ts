import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/**
 * Vitest takes large files for slow ones. Those that run the suite of an interface are small and slow: they start
 * first, so that none of them runs alone at the end.
 */
class SuitesFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const runsSuite = ({ moduleId }: TestSpecification) =>
      /[cC]ontract\(/.test(readFileSync(moduleId, 'utf8')) ? 1 : 0;
    return (await super.sort(files)).toSorted((a, b) => runsSuite(b) - runsSuite(a));
  }
}

export default defineConfig({
  test: {
    sequence: { sequencer: SuitesFirst },
    projects: [
      {
        test: {
          name: 'services',
          include: [
            '{shared,client,meow-service,query-service,pusher-service,embedded,faults,attacks,bench,bootstrap,deploy,test-runner,brokers,examples,secrets,ops}/**/*.test.ts',
            'e2e/contract/{documented,embedded,proof-of-work}.test.ts',
            'e2e/deletion/*.test.ts',
            'e2e/hostile-text/*.test.ts',
            'e2e/privileges/*.test.ts',
            'e2e/tracing/*.test.ts',
            'e2e/versions/*.test.ts',
            // Runs against a deployed Meower, if MEOWER_URL names one.
            ...(process.env.MEOWER_URL ? ['e2e/contract/deployed.test.ts'] : []),
          ],
          // Most tests wait for servers: on two cores, two workers leave almost one core idle.
          maxWorkers: availableParallelism() + 1,
          // Of a file: those that kill servers of their own, and wait most of the time.
          maxConcurrency: 3,
          setupFiles: 'test-runner/patient-waits.ts',
          expect: { poll: { timeout: 20_000 } },
          testTimeout: 30_000,
          hookTimeout: 60_000,
        },
      },
      'frontend',
    ],
  },
});
