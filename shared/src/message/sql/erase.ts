import { runForRow, type SqlDatabase, statement } from '../../db/sql.ts';

const named = `m.topic = $1 AND m.id = ANY ($2::text[]) AND m.published_at >= $3`;

const statements = {
  // The row and its id stay: publishing the message again stores nothing.
  messages: statement<{ count: number }>(
    'broker_erase_messages',
    `WITH erased AS (
       UPDATE broker_messages m SET payload = '', metadata = '{}', key = NULL, erased = true
       WHERE ${named} AND NOT erased RETURNING seq
     ) SELECT count(*)::int AS count FROM erased`,
  ),
  // After the messages: a rejection that is stored meanwhile names a message that is erased, and is not
  // listed.
  references: statement<{ count: number }>(
    'broker_erase_references',
    `WITH retries AS (DELETE FROM broker_retries r USING broker_messages m WHERE r.seq = m.seq AND ${named}),
       letters AS (DELETE FROM broker_dead_letters d USING broker_messages m WHERE d.seq = m.seq AND ${named} RETURNING d.seq)
     SELECT count(*)::int AS count FROM letters`,
  ),
};

/**
 * Removes the contents of messages, and the dead letters and retries that name them. Resolves to how many
 * were removed.
 */
export function eraseMessages(
  db: SqlDatabase,
  topic: string,
  ids: ReadonlySet<string>,
  since: Date,
): Promise<number> {
  const values = [topic, [...ids], since];
  return db.transaction(async (session) => {
    const messages = await runForRow(session, statements.messages, values);
    const letters = await runForRow(session, statements.references, values);
    return messages.count + letters.count;
  });
}
