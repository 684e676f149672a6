import { vi } from 'vitest';

/** Longest wait for a fact, unless a test states another one. Vitest's is a second, too short on a busy machine. */
const WAIT_MS = 20_000;

const { waitFor } = vi;
vi.waitFor = (condition, options) =>
  waitFor(condition, typeof options === 'number' ? options : { timeout: WAIT_MS, ...options });
