import type { Measurements } from '../rounds.ts';
import { startWorkerProcess } from '../worker-process/start-worker-process.ts';
import type { HttpJob } from './send-requests.ts';

interface HttpLoad extends AsyncDisposable {
  /** Rejects if any response has another status. */
  run(job: HttpJob): Promise<Measurements>;
  /** Counts responses with another status as `errors`. */
  runWithErrors(job: HttpJob): Promise<Measurements>;
}

/** Starts a process that sends HTTP requests. */
export async function startHttpLoad(): Promise<HttpLoad> {
  const worker = await startWorkerProcess(new URL('./http-worker.ts', import.meta.url), undefined);
  const runWithErrors = (job: HttpJob) => worker.call<Measurements>('run', job);
  return {
    runWithErrors,
    async run(job) {
      const measurements = await runWithErrors(job);
      if (measurements.errors)
        throw new Error(`${measurements.errors} responses had another status than ${job.status}`);
      return measurements;
    },
    [Symbol.asyncDispose]: () => worker[Symbol.asyncDispose](),
  };
}
