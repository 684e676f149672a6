import type { Measured } from '../rounds.ts';
import { type Child, startChild } from '../worker-process/start-worker-process.ts';
import type { HttpJob } from './http-worker.ts';

export interface HttpLoad extends AsyncDisposable {
  /** Rejects when an answer has another status. */
  run(job: HttpJob): Promise<Measured>;
  /** The same, with other answers counted as `errors`. */
  runAnyway(job: HttpJob): Promise<Measured>;
}

/** A process that makes HTTP requests. */
export async function startHttpLoad(): Promise<HttpLoad> {
  const child: Child = await startChild(new URL('./http-worker.ts', import.meta.url), undefined);
  const runAnyway = (job: HttpJob) => child.call<Measured>('run', job);
  return {
    runAnyway,
    async run(job) {
      const measured = await runAnyway(job);
      if (measured.errors) throw new Error(`${measured.errors} answers were no ${job.status}`);
      return measured;
    },
    [Symbol.asyncDispose]: () => child[Symbol.asyncDispose](),
  };
}
