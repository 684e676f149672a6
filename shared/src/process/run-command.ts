import { errorMessage } from './error-details.ts';
import { StartError } from './start-error.ts';

/**
 * Runs a command to its end and sets the exit code that `work` resolves to. SIGINT and SIGTERM abort the
 * signal, so that `work` can stop cleanly; a failure is one sentence on standard error, exit code 1.
 */
export async function runCommand(
  name: string,
  work: (signal: AbortSignal, args: readonly string[]) => Promise<number>,
): Promise<void> {
  const stop = new AbortController();
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.once(signal, () => stop.abort(new StartError('interrupted; run it again to start over')));
  }
  try {
    process.exitCode = await work(stop.signal, process.argv.slice(2));
  } catch (error) {
    process.stderr.write(`${name}: ${errorMessage(error)}\n`);
    process.exitCode = 1;
  }
}
