import type { LossReport } from '../capabilities.ts';

/**
 * What `LossDetector.detectLoss` answers, if its checkpoints are numbers up to which a group had settled
 * everything: if the history begins later by now (`start`), what is between may be gone.
 */
export function lossReport(since: string | undefined, start: number, settled: number): LossReport {
  return {
    lost: since !== undefined && start > Number(since),
    checkpoint: String(Math.max(start, settled)),
  };
}
