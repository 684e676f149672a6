import { expect, test, vi } from 'vitest';

test('a wait lasts longer than a second, and as long as it says', async () => {
  const startedMs = performance.now();
  const hasPassed = (ms: number) => expect(performance.now() - startedMs).toBeGreaterThan(ms);
  await Promise.all([
    vi.waitFor(() => hasPassed(1200)),
    expect.poll(() => performance.now() - startedMs).toBeGreaterThan(1200),
  ]);
  await expect(vi.waitFor(() => hasPassed(60_000), { timeout: 50 })).rejects.toThrow('greater than 60000');
});
