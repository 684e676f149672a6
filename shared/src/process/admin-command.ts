import { sleep } from '../async/sleep.ts';
import { StartError } from './start-error.ts';

/** How long a command waits for a part before it gives up, in milliseconds. */
const PATIENCE_MS = 10_000;

/**
 * A command for operators: runs to its end and sets the exit code that `work` resolves to. SIGINT and SIGTERM abort the signal, so that it can
 * stop half-way in order; a failure is one sentence on standard error, exit code 1.
 */
export async function runCommand(
  name: string,
  work: (signal: AbortSignal, args: readonly string[]) => Promise<number>,
): Promise<void> {
  const stop = new AbortController();
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.once(signal, () => stop.abort(new StartError('interrupted; run it again to begin anew')));
  }
  try {
    process.exitCode = await work(stop.signal, process.argv.slice(2));
  } catch (error) {
    process.stderr.write(
      `${name}: ${error instanceof Error ? error.message || error.name : String(error)}\n`,
    );
    process.exitCode = 1;
  }
}

/** Resolves when `ping` does. Rejects with `StartError` when that takes longer than 10 s, with the last reason. */
export async function reach(part: string, ping: () => Promise<void>, signal: AbortSignal): Promise<void> {
  const deadline = performance.now() + PATIENCE_MS;
  for (;;) {
    signal.throwIfAborted();
    try {
      return await ping();
    } catch (cause) {
      if (performance.now() > deadline)
        throw new StartError(`${part} cannot be reached: ${(cause as Error).message}`, { cause });
      await sleep(100, signal);
    }
  }
}
