import { readFile } from 'node:fs/promises';
import type { SqlDatabase, SqlSession } from '../../../db/sql.ts';
import type { Handle, Incoming } from '../handler.ts';

/**
 * Its effects go through the session. Messages that it wants published belong to the same transaction: they
 * go into the outbox.
 */
export type HandleInTransaction = (
  message: Incoming,
  session: SqlSession,
  signal: AbortSignal,
) => Promise<void>;

export interface OnceOptions {
  db: Pick<SqlDatabase, 'transaction'>;
  /** The name of the handler, for several may share the table. */
  handler: string;
}

/**
 * Makes the effect of each message happen once: its id is recorded in the transaction of the effect, so both
 * are stored or neither is. A message that is recorded already is skipped. Only what goes through the session
 * is covered, and only while the record is kept (see
 * `deleteHandled`).
 */
export function once({ db, handler }: OnceOptions, handle: HandleInTransaction): Handle {
  return (message, signal) =>
    db.transaction(async (session) => {
      // A second transaction with the same id waits here until the first has ended.
      const [recorded] = await session.run(RECORD, [handler, message.topic, message.id]);
      if (recorded) await handle(message, session, signal);
    });
}

/**
 * Deletes the records of messages handled before `before`. It must be longer ago than a message can still be
 * delivered or retried.
 */
export async function deleteHandled(db: Pick<SqlDatabase, 'run'>, before: Date): Promise<void> {
  await db.run(DELETE, [before]);
}

/** Idempotent, to be run in a migration. */
export function readOnceSchema(): Promise<string> {
  return readFile(new URL('once.sql', import.meta.url), 'utf8');
}

const RECORD = {
  name: 'record_handled_message',
  text: `INSERT INTO handled_messages (handler, topic, id) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING RETURNING true`,
};

const DELETE = {
  name: 'delete_handled_messages',
  text: 'DELETE FROM handled_messages WHERE handled_at < $1',
};
