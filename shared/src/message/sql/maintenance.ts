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
  vacuumMessages: statement('broker_vacuum_messages', vacuum('broker_messages')),
  vacuumSmall: statement(
    'broker_vacuum_small',
    vacuum('broker_head, broker_positions, broker_batches, broker_retries'),
  ),
};

function vacuum(tables: string): string {
  return `VACUUM (SKIP_LOCKED, TRUNCATE false, INDEX_CLEANUP on) ${tables}`;
}

/** Keeps the tables within their limits: deletes the oldest messages, and frees their space. */
export class Maintenance {
  readonly #db: SqlDatabase;
  readonly #settings: SqlBrokerSettings;
  readonly #publishedEvery: number;
  readonly #timer: NodeJS.Timeout;
  #published = 0;
  #deleted = 0;
  #deleting: Promise<void> | undefined;
  #vacuuming: Promise<void> | undefined;

  constructor(db: SqlDatabase, settings: SqlBrokerSettings) {
    this.#db = db;
    this.#settings = settings;
    this.#publishedEvery = Math.min(10_000, Math.ceil(settings.maxMessages / 4));
    this.#timer = setInterval(() => {
      void this.#deleteOldest().then(() => this.#vacuum());
    }, settings.maintenanceIntervalMs).unref();
  }

  /**
   * To be called with the number of messages that were published. Deletes the oldest after every so many:
   * their publisher waits for it, which keeps the log from growing faster than it is cut. Never rejects.
   */
  async published(count: number): Promise<void> {
    this.#published += count;
    if (this.#published < this.#publishedEvery) return;
    this.#published = 0;
    await this.#deleteOldest();
    if (this.#deleted >= VACUUM_EVERY) void this.#vacuum();
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    await Promise.all([this.#deleting, this.#vacuuming]);
  }

  #deleteOldest(): Promise<void> {
    this.#deleting ??= this.#logFailure(async () => {
      const { maxMessages, maxBytes, maxAgeMs } = this.#settings;
      for (let count = CHUNK; count === CHUNK; ) {
        ({ count } = await runForRow(this.#db, statements.deleteOldest, [maxMessages, maxBytes, maxAgeMs]));
        this.#deleted += count;
      }
    }).finally(() => {
      this.#deleting = undefined;
    });
    return this.#deleting;
  }

  #vacuum(): Promise<void> {
    this.#vacuuming ??= this.#logFailure(async () => {
      await this.#db.run(statements.vacuumSmall);
      if (this.#deleted < VACUUM_EVERY) return;
      this.#deleted = 0;
      await this.#db.run(statements.vacuumMessages);
    }).finally(() => {
      this.#vacuuming = undefined;
    });
    return this.#vacuuming;
  }

  async #logFailure(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (err) {
      this.#settings.logger.warn({ err }, 'could not delete old messages or vacuum: the tables grow');
    }
  }
}
