import { type Failure, failureOf } from '../failure.ts';
import type { Middleware } from '../handler.ts';

export interface HandledReport {
  readonly handler: string;
  readonly outcome: 'handled' | Failure;
  readonly durationMs: number;
}

/** Calls `onHandled` after each message, whether it succeeded or not. It must not throw. */
export function metrics({ onHandled }: { onHandled(report: HandledReport): void }): Middleware {
  return (next, { name: handler }) =>
    async (message, signal) => {
      const startedMs = performance.now();
      let outcome: HandledReport['outcome'] = 'handled';
      try {
        return await next(message, signal);
      } catch (error) {
        outcome = failureOf(error);
        throw error;
      } finally {
        onHandled({ handler, outcome, durationMs: performance.now() - startedMs });
      }
    };
}
