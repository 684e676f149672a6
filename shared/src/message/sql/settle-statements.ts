import { statement } from '../../db/sql.ts';
import { CHANNEL } from './wake-ups.ts';

// Others wait for what is nacked, and for keys that the batch has held.
const settle = (change: string) =>
  `WITH held AS (${change} RETURNING group_name), nacked AS (
     INSERT INTO broker_retries (group_name, seq, topic, key, attempt, due_at)
     SELECT held.group_name, m.seq, m.topic, m.key, m.attempt, clock_timestamp() + m.delay_ms * interval '1 millisecond'
     FROM held, unnest($2::bigint[], $3::text[], $4::text[], $5::int[], $6::float8[])
       AS m(seq, topic, key, attempt, delay_ms)
     ON CONFLICT (group_name, seq) DO NOTHING
   ), setting AS MATERIALIZED (SELECT set_config('synchronous_commit', 'off', true))
   SELECT (SELECT count(*) FROM held)::int AS held, (
     SELECT count(pg_notify('${CHANNEL}', topic)) FROM unnest($7::text[]) AS topic
     WHERE cardinality($2::bigint[]) > 0
       OR EXISTS (SELECT FROM broker_retries r, held WHERE r.group_name = held.group_name)
   ) AS notified FROM setting`;

/** Store what was settled of a batch, if the member still holds it: all of it, or all but what is left. */
export const settleStatements = {
  end: statement<{ held: number }>('broker_end_batch', settle('DELETE FROM broker_batches WHERE id = $1')),
  keep: statement<{ held: number }>(
    'broker_keep_batch',
    settle(
      `UPDATE broker_batches SET seqs = $8, topics = $9, keys = $10, attempts = $11,
         locked_until = clock_timestamp() + $12 * interval '1 millisecond' WHERE id = $1`,
    ),
  ),
};
