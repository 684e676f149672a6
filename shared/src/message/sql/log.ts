import { runForRow, type SqlSession, statement } from '../../db/sql.ts';
import type { History, SequencedMessage } from '../capabilities.ts';
import { type MessageRow, messageColumns, toMessage } from './rows.ts';

const statements = {
  read: statement<MessageRow>(
    'broker_read',
    `SELECT ${messageColumns} FROM unnest($1::text[]) AS t(topic)
     LEFT JOIN broker_cuts c USING (topic), LATERAL (
       SELECT * FROM broker_messages m
       WHERE m.topic = t.topic AND m.seq > greatest($2::bigint, c.seq) AND NOT m.erased ORDER BY m.seq LIMIT $3
     ) m ORDER BY m.seq LIMIT $3`,
  ),
  history: statement<{ start: number; end: number }>(
    'broker_history',
    `SELECT greatest(first_seq, (SELECT max(seq) FROM broker_cuts WHERE topic = ANY ($1::text[])))::float8 AS start,
       last_seq::float8 AS "end"
     FROM broker_head`,
  ),
  taken: statement<{ seq: number | null }>(
    'broker_taken',
    `SELECT min(seq)::float8 AS seq FROM broker_positions WHERE group_name = $1 AND topic = ANY ($2::text[])`,
  ),
  before: statement<{ seq: number }>(
    'broker_position_at',
    `SELECT coalesce(
       (SELECT min(seq) - 1 FROM broker_messages WHERE topic = ANY ($1::text[]) AND published_at >= $2),
       last_seq
     )::float8 AS seq FROM broker_head`,
  ),
};

export type SqlLog = ReturnType<typeof createSqlLog>;

/** What the tables hold, for readers. */
export function createSqlLog(db: SqlSession) {
  return {
    async after(topics: readonly string[], seq: number, limit: number): Promise<SequencedMessage[]> {
      return (await db.run(statements.read, [[...new Set(topics)], seq, limit])).map(toMessage);
    },
    /** The number up to which a group has taken everything, undefined for an unknown group. */
    async takenTo(group: string, topics: readonly string[]): Promise<number | undefined> {
      return (await runForRow(db, statements.taken, [group, topics])).seq ?? undefined;
    },
    history: (topics: readonly string[]): Promise<History> => runForRow(db, statements.history, [topics]),
    /** The number before the first message stored at `since` or later. */
    async before(topics: readonly string[], since: Date): Promise<number> {
      return (await runForRow(db, statements.before, [topics, since])).seq;
    },
  };
}
