import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
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
          // Most tests wait for servers: on two cores, one worker leaves both idle.
          maxWorkers: Math.max(2, availableParallelism() - 1),
          // Of a file: those that kill servers of their own, and wait most of the time.
          maxConcurrency: 2,
          testTimeout: 20_000,
          hookTimeout: 60_000,
        },
      },
      'frontend',
    ],
  },
});
