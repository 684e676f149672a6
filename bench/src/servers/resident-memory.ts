/** Resident memory of this process after a garbage collection. Needs `--expose-gc`. */
export function bytesInUse(): number {
  if (!globalThis.gc) throw new Error('start this process with --expose-gc');
  globalThis.gc();
  return process.memoryUsage.rss();
}
