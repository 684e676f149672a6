import type { SqlDatabase, SqlSession } from '../db/sql.ts';
import type { OutgoingEvent } from '../event/define-event.ts';
import { createOutbox } from './outbox.ts';

/** Stores events in the transaction, to be published if, and only if, it commits. */
type AddEvents = (...events: OutgoingEvent[]) => Promise<void>;

/** Runs work in a transaction. Commits when it resolves, rolls back when it rejects. */
export type TransactionWithEvents = <T>(
  work: (session: SqlSession, add: AddEvents) => Promise<T>,
) => Promise<T>;

/** Transactions on a database with an outbox. `onCommitted` is called after each that has added events. */
export function transactionsWithEvents(db: SqlDatabase, onCommitted: () => void): TransactionWithEvents {
  const outbox = createOutbox(db);
  return async (work) => {
    let hasEvents = false;
    const result = await db.transaction((session) =>
      work(session, async (...events) => {
        await outbox.add(session, events);
        hasEvents = true;
      }),
    );
    if (hasEvents) onCommitted();
    return result;
  };
}
