import { abortable } from '../../async/abortable.ts';
import { sleep, untilAborted } from '../../async/sleep.ts';
import { RestartDelay } from '../common/restart-delay.ts';
import type { JetStreamConnection } from './connection.ts';
import type { NatsContext } from './context.ts';

const LONGEST_PAUSE_MS = 2000;

/**
 * Runs `session` on each connection, and again on the same one when it rejects. Resolves when `closing` is
 * aborted and the running session has ended. A session has to end when its connection is lost: the connector
 * then waits and logs, for all of them. `of`: whose sessions these are, for the log.
 */
export async function repeatSessions(
  { connector, logger }: Pick<NatsContext, 'connector' | 'logger'>,
  of: Record<string, unknown>,
  closing: AbortSignal,
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
      logger.warn({ ...of, err, retryInMs }, 'interrupted: starting again');
      await sleep(retryInMs, closing);
    }
  }
}
