import pg from 'pg';
import { abortable } from '../async/abortable.ts';
import { runInBackground } from '../async/background-task.ts';
import type { Closable } from '../async/closable.ts';
import { retryForever } from '../async/retry.ts';
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
  const retrying = { what: `listen to ${channel} in Postgres`, logger, delayMs: RECONNECT_MS };
  return runInBackground((signal) =>
    retryForever(() => listenOnce(config, channel, onNotify, signal), { ...retrying, signal }),
  );
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
