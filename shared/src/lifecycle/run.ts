import type { Logger } from './logger.ts';

/** Something that was started and can be stopped. */
export interface Running {
  /** Resolves when all that was accepted has been answered and everything is closed. May be called twice. */
  close(): Promise<void>;
}

/** How long a graceful stop may take before the process ends anyway, in milliseconds. */
const STOP_TIMEOUT_MS = 20_000;

/**
 * The life of a process: starts, and on SIGTERM or SIGINT stops gracefully with exit code 0. An exception or
 * rejection that nobody handled is logged and stops it as well, with exit code 1, so that a restart policy works.
 */
export async function run(logger: Logger, start: () => Promise<Running>): Promise<void> {
  let running: Running | undefined;
  let stopping = false;

  const stop = async (exitCode: number, why: string) => {
    if (stopping) return;
    stopping = true;
    logger.info(`stopping: ${why}`);
    const deadline = setTimeout(() => {
      logger.error(`not stopped after ${STOP_TIMEOUT_MS} ms, ending anyway`);
      process.exit(1);
    }, STOP_TIMEOUT_MS);
    try {
      await running?.close();
    } catch (error) {
      logger.error({ err: error }, 'could not stop cleanly');
      exitCode = 1;
    }
    clearTimeout(deadline);
    logger.info('stopped');
    process.exit(exitCode);
  };

  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => void stop(0, signal));
  }
  for (const event of ['uncaughtException', 'unhandledRejection'] as const) {
    process.on(event, (error: unknown) => {
      logger.fatal({ err: error }, event);
      void stop(1, event);
    });
  }

  running = await start();
}
