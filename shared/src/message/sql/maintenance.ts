import { runForRow, type SqlDatabase, statement } from '../../db/sql.ts';
import type { SqlBrokerSettings } from './settings.ts';

const CHUNK = 5000;
/** `broker_messages` is vacuumed after this many deletions. */
const VACUUM_EVERY = 20_000;

const statements = {
  // Contents that a group still needs stay until it has settled them. One process at a time.
  deleteOldest: statement<{ count: number }>(
    'broker_delete_oldest',
    `WITH lock AS MATERIALIZED (SELECT pg_try_advisory_xact_lock(6369914) AS is_held), oldest AS (
       SELECT m.seq, m.topic, m.published_at, m.end_byte FROM broker_messages m
       WHERE (SELECT is_held FROM lock)
         AND m.seq NOT IN (SELECT seq FROM broker_retries) AND m.seq NOT IN (SELECT seq FROM broker_dead_letters)
         AND m.seq NOT IN (SELECT unnest(seqs) FROM broker_batches)
       ORDER BY m.seq LIMIT ${CHUNK}
     ), deleted AS (
       DELETE FROM broker_messages m USING oldest o, broker_head h
       WHERE m.seq = o.seq AND (o.seq <= h.last_seq - $1 OR o.end_byte <= h.last_byte - $2
         OR o.published_at < clock_timestamp() - $3 * interval '1 millisecond')
       RETURNING m.topic, m.seq
     ), cuts AS (
       INSERT INTO broker_cuts AS c (topic, seq) SELECT topic, max(seq) FROM deleted GROUP BY topic
       ON CONFLICT (topic) DO UPDATE SET seq = greatest(c.seq, excluded.seq)
     ) SELECT count(*)::int AS count FROM deleted`,
  ),
  vacuumMessages: statement('broker_vacuum_messages', vacuumOf('broker_messages')),
  vacuumSmall: statement(
    'broker_vacuum_small',
    vacuumOf('broker_head, broker_positions, broker_batches, broker_retries'),
  ),
};

function vacuumOf(tables: string): string {
  return `VACUUM (SKIP_LOCKED, TRUNCATE false, INDEX_CLEANUP on) ${tables}`;
}

/** Keeps the tables within their limits: deletes the oldest messages, and frees their space. */
export function startMaintenance(db: SqlDatabase, settings: SqlBrokerSettings) {
  const { maxMessages, maxBytes, maxAgeMs, maintenanceIntervalMs, logger } = settings;
  const publishedEvery = Math.min(10_000, Math.ceil(maxMessages / 4));
  let published = 0;
  let deleted = 0;
  let deleting: Promise<void> | undefined;
  let vacuuming: Promise<void> | undefined;

  const logFailure = (err: unknown) =>
    logger.warn({ err }, 'could not delete old messages or vacuum: the tables grow');

  const deleteOldest = async () => {
    for (let count = CHUNK; count === CHUNK; ) {
      ({ count } = await runForRow(db, statements.deleteOldest, [maxMessages, maxBytes, maxAgeMs]));
      deleted += count;
    }
  };
  const deleteOnce = () => {
    deleting ??= deleteOldest()
      .catch(logFailure)
      .finally(() => {
        deleting = undefined;
      });
    return deleting;
  };

  const vacuum = async () => {
    await db.run(statements.vacuumSmall);
    if (deleted < VACUUM_EVERY) return;
    deleted = 0;
    await db.run(statements.vacuumMessages);
  };
  const vacuumOnce = () => {
    vacuuming ??= vacuum()
      .catch(logFailure)
      .finally(() => {
        vacuuming = undefined;
      });
  };

  const timer = setInterval(() => void deleteOnce().then(vacuumOnce), maintenanceIntervalMs).unref();
  return {
    /**
     * To be called with the number of messages that were published. Deletes the oldest after every so many:
     * their publisher waits for it, which keeps the log from growing faster than it is cut. Never rejects.
     */
    async published(count: number): Promise<void> {
      published += count;
      if (published < publishedEvery) return;
      published = 0;
      await deleteOnce();
      if (deleted >= VACUUM_EVERY) vacuumOnce();
    },
    async close(): Promise<void> {
      clearInterval(timer);
      await Promise.all([deleting, vacuuming]);
    },
  };
}
