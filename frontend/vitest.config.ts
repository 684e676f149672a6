import vue from '@vitejs/plugin-vue';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  plugins: [vue()],
  test: {
    name: 'frontend',
    environment: 'happy-dom',
    // Creating a window takes longer than most of these tests, so they share one. Each test restores what it changes.
    isolate: false,
    include: ['src/**/*.test.ts'],
  },
});
