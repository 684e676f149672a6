import pg from 'pg';
import { abortable } from '../async/abortable.ts';
import { runInBackground } from '../async/background-task.ts';
import type { Closable } from '../async/closable.ts';
import { sleep } from '../async/sleep.ts';
import type { Logger } from '../process/logger.ts';
import type { OnNotify } from './sql.ts';

const RECONNECT_MS = 1000;

/** Listens on a connection of its own, which is opened again when it is lost. */
export function listenPostgres(
  config: pg.ClientConfig,
  channel: string,
  onNotify: OnNotify,
  logger: Pick<Logger, 'warn'>,
): Closable {
  return runInBackground(async (signal) => {
    while (!signal.aborted) {
      try {
        await listenOnce(config, channel, onNotify, signal);
      } catch (err) {
        if (signal.aborted) return;
        logger.warn(
          { err, channel, retryInMs: RECONNECT_MS },
          'postgres: notifications are lost, connecting again',
        );
        await sleep(RECONNECT_MS, signal);
      }
    }
  });
}

/** Rejects when the connection is lost or the signal aborts. */
async function listenOnce(
  config: pg.ClientConfig,
  channel: string,
  onNotify: OnNotify,
  signal: AbortSignal,
): Promise<never> {
  const client = new pg.Client(config);
  const { promise: lost, reject } = Promise.withResolvers<never>();
  client.on('error', reject);
  client.on('end', () => reject(new Error('the connection has ended')));
  client.on('notification', ({ payload }) => onNotify(payload));
  const listening = (async () => {
    await client.connect();
    await client.query(`LISTEN ${pg.escapeIdentifier(channel)}`);
    onNotify();
    return lost;
  })();
  try {
    return await abortable(Promise.race([listening, lost]), signal);
  } finally {
    // It may hang in the midst of connecting; nothing is waited for.
    client.end().catch(() => undefined);
  }
}
