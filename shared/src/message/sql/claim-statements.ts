import { statement } from '../../db/sql.ts';
import { type MessageRow, messageColumns } from './rows.ts';

/** A message that a group has taken, and how often it has been delivered to it. */
type TakenRow = MessageRow & { attempt: number; erased: boolean };

const busyKeysOfBatches = `SELECT m.key FROM broker_batches, unnest(topics, keys) AS m(topic, key)
  WHERE group_name = $1 AND m.topic = ANY ($2::text[]) AND m.key IS NOT NULL`;

const passFresh = `WITH kept_aside AS (
    INSERT INTO broker_retries (group_name, seq, topic, key, attempt, due_at)
    SELECT $1, m.seq, m.topic, m.key, 0, now() FROM unnest($4::bigint[], $5::text[], $6::text[]) AS m(seq, topic, key)
    ON CONFLICT (group_name, seq) DO NOTHING
  )
  UPDATE broker_positions SET seq = $3 WHERE group_name = $1 AND topic = ANY ($2::text[]) AND seq < $3`;

/** The steps of taking a batch, in their order, in one transaction. `$1` is the group, `$2` its topics. */
export const claimStatements = {
  // A statement of its own: those after it see what the last holder of the lock has committed. A crash of the
  // server may undo what was taken, which is a redelivery, so the disk is not waited for.
  lock: statement(
    'broker_lock_group',
    `SELECT set_config('synchronous_commit', 'off', true) FROM broker_groups WHERE name = $1 FOR UPDATE`,
  ),
  state: statement<{ retries: number; in_batches: number; expired: boolean; next_due_ms: number | null }>(
    'broker_group_state',
    `SELECT r.count::int AS retries, b.count::int AS in_batches, b.expired,
       (extract(epoch FROM least(r.next_due, b.next_due) - clock_timestamp()) * 1000)::float8 AS next_due_ms
     FROM (
       SELECT count(*), min(due_at) FILTER (WHERE due_at > now()) AS next_due FROM broker_retries WHERE group_name = $1
     ) AS r, (
       SELECT coalesce(sum(cardinality(seqs)), 0) AS count, min(locked_until) AS next_due,
         coalesce(bool_or(locked_until <= clock_timestamp()), false) AS expired
       FROM broker_batches WHERE group_name = $1
     ) AS b`,
  ),
  // The messages of members that crashed or lost the database. Those that the member has rejected are
  // settled.
  takeBack: statement(
    'broker_take_back',
    `WITH expired AS (
       DELETE FROM broker_batches WHERE group_name = $1 AND locked_until <= clock_timestamp()
       RETURNING seqs, topics, keys, attempts
     )
     INSERT INTO broker_retries (group_name, seq, topic, key, attempt, due_at)
     SELECT $1, m.seq, m.topic, m.key, m.attempt, now()
     FROM expired, unnest(seqs, topics, keys, attempts) AS m(seq, topic, key, attempt)
     WHERE m.seq NOT IN (SELECT seq FROM broker_dead_letters WHERE group_name = $1)
     ON CONFLICT (group_name, seq) DO NOTHING`,
  ),
  // Not those of a key that a member is handling, or that has an earlier message which is not taken with
  // them.
  due: statement<TakenRow | (Omit<TakenRow, 'seq'> & { seq: null })>(
    'broker_take_due',
    `WITH due AS (
       SELECT r.seq FROM broker_retries r
       WHERE r.group_name = $1 AND r.topic = ANY ($2::text[]) AND r.due_at <= statement_timestamp()
         AND (r.key IS NULL OR (r.key NOT IN (${busyKeysOfBatches}) AND NOT EXISTS (
           SELECT FROM broker_retries e WHERE e.group_name = $1 AND e.key = r.key AND e.seq < r.seq
             AND e.topic = ANY ($2::text[]) AND e.due_at > statement_timestamp()
         )))
       ORDER BY r.seq LIMIT $3
     ), taken AS (
       DELETE FROM broker_retries r USING due WHERE r.group_name = $1 AND r.seq = due.seq RETURNING r.seq, r.attempt
     )
     SELECT taken.attempt, m.erased, ${messageColumns}
     FROM taken LEFT JOIN broker_messages m USING (seq) ORDER BY taken.seq`,
  ),
  // `after_loss`: retention has deleted messages before it that the group has not taken.
  fresh: statement<MessageRow & { is_key_busy: boolean | null; after_loss: boolean | null }>(
    'broker_read_fresh',
    `WITH busy AS MATERIALIZED (
       ${busyKeysOfBatches} UNION SELECT key FROM broker_retries
       WHERE group_name = $1 AND topic = ANY ($2::text[]) AND key IS NOT NULL
     )
     SELECT ${messageColumns}, m.key IN (SELECT key FROM busy) AS is_key_busy, c.seq > greatest(p.seq, $4::bigint) AS after_loss
     FROM broker_positions p LEFT JOIN broker_cuts c USING (topic), LATERAL (
       SELECT * FROM broker_messages m
       WHERE m.topic = p.topic AND m.seq > greatest(p.seq, c.seq, $4) AND NOT m.erased ORDER BY m.seq LIMIT $3
     ) m
     WHERE p.group_name = $1 AND p.topic = ANY ($2::text[])
     ORDER BY m.seq LIMIT $3`,
  ),
  // Moves the positions past what was read, and keeps aside what cannot be delivered yet.
  pass: statement('broker_pass_fresh', passFresh),
  take: statement(
    'broker_take_batch',
    `WITH batch AS (
       INSERT INTO broker_batches (group_name, id, locked_until, seqs, topics, keys, attempts)
       VALUES ($1, $7, clock_timestamp() + $8 * interval '1 millisecond', $9, $10, $11, $12)
     ), ${passFresh.slice('WITH '.length)}`,
  ),
};
