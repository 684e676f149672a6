import vue from '@vitejs/plugin-vue';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  plugins: [vue()],
  test: {
    name: 'frontend',
    environment: 'happy-dom',
    // Creating a window takes longer than most tests, so they share one and restore what they change.
    isolate: false,
    setupFiles: '../test-runner/patient-waits.ts',
    expect: { poll: { timeout: 20_000 } },
    testTimeout: 30_000,
    // After the services, because the two use different numbers of workers.
    sequence: { groupOrder: 1 },
    include: ['src/**/*.test.ts'],
  },
});
