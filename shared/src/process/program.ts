import type { Closable } from '../async/closable.ts';
import type { TracingConfig } from '../settings/tracing.ts';
import { createLogger, type Logger } from './logger.ts';
import { StartError } from './start-error.ts';

/** How long a graceful stop may take before the process exits anyway, in milliseconds. */
const STOP_TIMEOUT_MS = 28_000;

/**
 * Runs a process: reads its settings, starts it, and stops it gracefully on SIGTERM or SIGINT with exit code
 * 0. A `StartError` is printed as a sentence; an unhandled exception or rejection is logged and stops the
 * process gracefully. Both end with exit code 1, for a restart policy. With `tracing`, it exports spans.
 */
export async function runProgram<C extends { logLevel: string; tracing?: TracingConfig | undefined }>(
  name: string,
  loadConfig: () => C,
  start: (config: C, logger: Logger) => Promise<Closable>,
): Promise<void> {
  let running: Closable | undefined;
  let tracing: Closable | undefined;
  let stopping = false;

  const stop = async (logger: Logger, exitCode: number, reason: string) => {
    if (stopping) return;
    stopping = true;
    logger.info(`stopping: ${reason}`);
    const deadline = setTimeout(() => {
      logger.error(`not stopped after ${STOP_TIMEOUT_MS} ms, exiting anyway`);
      process.exit(1);
    }, STOP_TIMEOUT_MS);
    try {
      await running?.close();
      await tracing?.close();
    } catch (error) {
      logger.error({ err: error }, 'could not stop cleanly');
      exitCode = 1;
    }
    clearTimeout(deadline);
    logger.info('stopped');
    process.exit(exitCode);
  };

  try {
    const config = loadConfig();
    const fields = config.tracing && (await import('../tracing/log-fields.ts')).logFields;
    const logger = createLogger(name, config.logLevel, undefined, fields);
    for (const signal of ['SIGTERM', 'SIGINT'] as const) {
      process.on(signal, () => void stop(logger, 0, signal));
    }
    for (const event of ['uncaughtException', 'unhandledRejection'] as const) {
      process.on(event, (error: unknown) => {
        if (error instanceof StartError) logger.fatal(error.message);
        else logger.fatal({ err: error }, event);
        void stop(logger, 1, event);
      });
    }
    if (config.tracing) {
      const { startTracing } = await import('../tracing/start-tracing.ts');
      tracing = await startTracing(name, config.tracing, logger);
    }
    running = await start(config, logger);
  } catch (error) {
    if (!(error instanceof StartError)) throw error;
    process.stderr.write(`${name}: ${error.message}\n`);
    process.exit(1);
  }
}
