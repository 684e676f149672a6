import type { BatchReport } from '@meower/shared/async/batcher.ts';
import type { Metrics } from '@meower/shared/metrics/metrics.ts';

/** Returns the function to call after each group commit. */
export function measureCommits(metrics: Pick<Metrics, 'histogram'>): (report: BatchReport) => void {
  const observeSize = metrics.histogram({
    name: 'meower_group_commit_meows',
    help: 'Meows that share a commit',
    buckets: [1, 2, 5, 10, 20, 50, 100, 200, 500],
  });
  const observeWait = metrics.histogram({
    name: 'meower_group_commit_wait_seconds',
    help: 'How long the first meow of a commit has waited for it to start',
  });
  const observeDuration = metrics.histogram({
    name: 'meower_group_commit_duration_seconds',
    help: 'Duration of the statement and its commit',
  });
  return ({ size, waitedMs, durationMs }) => {
    observeSize(size);
    observeWait(waitedMs / 1000);
    observeDuration(durationMs / 1000);
  };
}
