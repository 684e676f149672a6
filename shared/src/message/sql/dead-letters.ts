import { runForRow, type SqlSession, statement } from '../../db/sql.ts';
import { type DeadLetter, type DeadLetters, NoSuchDeadLetterError, type Position } from '../capabilities.ts';
import { type MessageRow, messageColumns, toMessage } from './rows.ts';
import { CHANNEL } from './wake-ups.ts';

type LetterRow = MessageRow & {
  letter: string;
  group_name: string;
  reason: string;
  attempts: number;
  rejected_at: Date;
};

const statements = {
  list: statement<LetterRow>(
    'broker_list_dead_letters',
    `SELECT d.position::text AS letter, d.group_name, d.reason, d.attempts, d.rejected_at, ${messageColumns}
     FROM broker_dead_letters d JOIN broker_messages m USING (seq) WHERE NOT m.erased ORDER BY d.position`,
  ),
  count: statement<{ count: number }>(
    'broker_count_dead_letters',
    `SELECT count(*)::int AS count FROM broker_dead_letters JOIN broker_messages m USING (seq) WHERE NOT m.erased`,
  ),
  retry: statement(
    'broker_retry_dead_letter',
    `WITH letter AS (DELETE FROM broker_dead_letters WHERE position = $1 RETURNING group_name, seq), retried AS (
       INSERT INTO broker_retries (group_name, seq, topic, key, attempt, due_at)
       SELECT letter.group_name, m.seq, m.topic, m.key, 0, now()
       FROM letter JOIN broker_messages m USING (seq) WHERE NOT m.erased
       ON CONFLICT (group_name, seq) DO UPDATE SET attempt = 0, due_at = excluded.due_at
       RETURNING topic
     )
     SELECT pg_notify('${CHANNEL}', topic) FROM retried`,
  ),
  drop: statement(
    'broker_drop_dead_letter',
    'DELETE FROM broker_dead_letters WHERE position = $1 RETURNING position',
  ),
};

/** Dead letters in their table. `run` adds what every statement of the broker needs. */
export function createDeadLetters(run: <T>(work: (db: SqlSession) => Promise<T>) => Promise<T>): DeadLetters {
  return {
    list: () => run(async (db) => (await db.run(statements.list)).map(toDeadLetter)),
    count: () => run(async (db) => (await runForRow(db, statements.count)).count),
    retry: (position) => run((db) => change(db, statements.retry, position)),
    drop: (position) => run((db) => change(db, statements.drop, position)),
  };
}

async function change(db: SqlSession, what: typeof statements.drop, position: Position): Promise<void> {
  const rows = /^\d{1,18}$/.test(position) ? await db.run(what, [position]) : [];
  if (rows.length === 0) throw new NoSuchDeadLetterError(position);
}

function toDeadLetter(row: LetterRow): DeadLetter {
  const { id, key, metadata, payload, topic, position } = toMessage(row);
  return {
    ...{ id, key, metadata, payload },
    position: row.letter,
    group: row.group_name,
    reason: row.reason,
    attempts: row.attempts,
    origin: { topic, position },
    rejectedAt: row.rejected_at,
  };
}
