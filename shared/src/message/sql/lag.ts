import { runForRow, type SqlSession, statement } from '../../db/sql.ts';
import type { Lag } from '../capabilities.ts';

const lag = statement<{ messages: number; oldest_age_ms: number }>(
  'broker_lag',
  `WITH unsettled AS (
     SELECT m.published_at FROM unnest($2::text[]) AS t(topic)
     LEFT JOIN broker_positions p ON p.group_name = $1 AND p.topic = t.topic
     LEFT JOIN broker_cuts c ON c.topic = t.topic
     JOIN broker_messages m ON m.topic = t.topic AND m.seq > greatest(p.seq, c.seq, 0) AND NOT m.erased
     UNION ALL
     SELECT m.published_at FROM (
       SELECT seq, topic FROM broker_retries WHERE group_name = $1
       UNION ALL
       SELECT b.seq, b.topic FROM broker_batches, unnest(seqs, topics) AS b(seq, topic)
       WHERE group_name = $1 AND b.seq NOT IN (SELECT seq FROM broker_dead_letters WHERE group_name = $1)
     ) AS taken JOIN broker_messages m USING (seq)
     WHERE taken.topic = ANY ($2::text[]) AND NOT m.erased
   )
   SELECT count(*)::int AS messages,
     coalesce(extract(epoch FROM clock_timestamp() - min(published_at)) * 1000, 0)::float8 AS oldest_age_ms
   FROM unsettled`,
);

/** As `LagReader.lag`. What a member has settled counts until it is stored, a third of its lease later at most. */
export async function readLag(db: SqlSession, topics: readonly string[], group: string): Promise<Lag> {
  const { messages, oldest_age_ms } = await runForRow(db, lag, [group, [...new Set(topics)]]);
  return { messages, oldestAgeMs: oldest_age_ms };
}
