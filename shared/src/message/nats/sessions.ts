import type { Logger } from 'pino';
import { abortable } from '../../async/abortable.ts';
import { sleep, untilAborted } from '../../async/sleep.ts';
import type { JetStreamConnection, NatsConnector } from './connection.ts';
import { RestartDelay } from './restart-delay.ts';

const LONGEST_PAUSE_MS = 2000;

interface SessionsOptions {
  connector: NatsConnector;
  /** Ends the repetition; a running session has to end by itself. */
  closing: AbortSignal;
  /** Its bindings identify whose sessions these are. */
  logger: Logger;
}

/**
 * Runs `session` on each connection, and again on the same one when it rejects. Resolves when `closing` is
 * aborted and the running session has ended. A session has to end when its connection is lost: the connector
 * then waits and logs, for all of them.
 */
export async function repeatSessions(
  { connector, closing, logger }: SessionsOptions,
  session: (connection: JetStreamConnection) => Promise<void>,
): Promise<void> {
  const delay = new RestartDelay(LONGEST_PAUSE_MS);
  while (!closing.aborted) {
    const connection = await abortable(connector.connected(), closing).catch(() => undefined);
    if (!connection) return;
    const startedAtMs = performance.now();
    try {
      await session(connection);
    } catch (err) {
      if (closing.aborted) return;
      if (connection.nc.isClosed()) {
        await untilAborted(connection.lost);
        continue;
      }
      const retryInMs = delay.after(performance.now() - startedAtMs);
      logger.warn({ err, retryInMs }, 'interrupted: starting again');
      await sleep(retryInMs, closing);
    }
  }
}
