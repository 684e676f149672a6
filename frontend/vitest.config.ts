import vue from '@vitejs/plugin-vue';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  plugins: [vue()],
  test: {
    name: 'frontend',
    environment: 'happy-dom',
    // A window takes longer to make than most of these tests take to run; each test leaves it as it was.
    isolate: false,
    include: ['src/**/*.test.ts'],
  },
});
