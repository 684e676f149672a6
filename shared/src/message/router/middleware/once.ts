import { runForRow, type SqlDatabase, type SqlSession, statement } from '../../../db/sql.ts';
import type { Handle, Incoming } from '../handler.ts';

/**
 * Its effects go through the session. Messages that it wants published belong to the same transaction: they
 * go into the outbox.
 */
type HandleInTransaction = (message: Incoming, session: SqlSession, signal: AbortSignal) => Promise<void>;

interface OnceOptions {
  db: Pick<SqlDatabase, 'transaction'>;
  /** The name of the handler, for several may share the table. */
  handler: string;
}

/**
 * Makes the effect of each message happen once: its id is recorded in the transaction of the effect, so both
 * are stored or neither is. A message that is recorded already is skipped. Only what goes through the session
 * is covered, and only while the record is kept (see `deleteHandled`).
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
 * Deletes the records of messages handled before `before`, in statements of a bounded size. It must be longer
 * ago than a message can still be delivered or retried.
 */
export async function deleteHandled(db: SqlSession, before: Date): Promise<void> {
  for (let count = DELETED_TOGETHER; count === DELETED_TOGETHER; ) {
    ({ count } = await runForRow(db, DELETE, [before]));
  }
}

/** For `readSql`. Safe to run again, also by several processes concurrently. */
export const ONCE_SCHEMA = new URL('once.sql', import.meta.url);

export const RECORD = statement(
  'record_handled_message',
  `INSERT INTO handled_messages (handler, topic, id) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING RETURNING true`,
);

const DELETED_TOGETHER = 5000;

const DELETE = statement<{ count: number }>(
  'delete_handled_messages',
  `WITH deleted AS (
     DELETE FROM handled_messages
     WHERE ctid = ANY (ARRAY(SELECT ctid FROM handled_messages WHERE handled_at < $1 LIMIT ${DELETED_TOGETHER}))
     RETURNING 1
   ) SELECT count(*)::int AS count FROM deleted`,
);
