import { runForRow, type SqlDatabase, type SqlSession, statement } from '../db/sql.ts';
import type { OutgoingEvent } from '../event/define-event.ts';

/** An event in the outbox. `seq` orders the events of one key. */
export interface OutboxEntry extends OutgoingEvent {
  readonly seq: string;
}

/**
 * Events that the broker has not confirmed yet, in the same database as the data that they describe. Payloads
 * are JSON.
 */
export interface Outbox {
  /** Stores events in the caller's transaction: they are published if, and only if, that commits. */
  add(session: SqlSession, events: readonly OutgoingEvent[]): Promise<void>;
  /**
   * Passes up to `take` due entries, in order, to `publish`, and deletes them when it resolves; when it
   * rejects they stay, and this rejects too. Of several processes one relays at a time. An event waits for
   * earlier ones of its key that are not due yet. Resolves to the number deleted.
   */
  relay(take: number, publish: (entries: readonly OutboxEntry[]) => Promise<void>): Promise<number>;
  /** Deletes entries whose events are confirmed; missing entries are ignored. */
  deletePublished(entries: readonly OutboxEntry[]): Promise<void>;
  /** Which of these keys have unpublished events of the topic. */
  pendingKeys(topic: string, keys: readonly string[]): Promise<Set<string>>;
  count(): Promise<number>;
  /** How long the oldest entry has been there, in seconds; 0 without one. */
  oldestAgeS(): Promise<number>;
  /**
   * Makes the space of deleted entries usable again. Cheap; worth it after some ten thousand deletions.
   * Skipped while another session does it.
   */
  vacuum(): Promise<void>;
}

/** For `readSql`. It is the first migration of Meower, too. */
export const OUTBOX_SCHEMA = new URL('../../../postgres/migrations/0001-outbox.sql', import.meta.url);

const PARAMETER_TYPES = ['text[]', 'text[]', 'text[]', 'json[]', 'text[]'];

// For statements of other tables that store their rows and the events of these together: the columns of
// `outboxValues`, the parameters that hold them, from number `first` on, and the insert, which takes these
// columns and `due_at`.
export const eventColumns = 'id, topic, key, headers, payload';
export const eventParameters = (first: number): string =>
  PARAMETER_TYPES.map((type, i) => `$${first + i}::${type}`).join(', ');
export const insertEvents = `INSERT INTO outbox_events (${eventColumns}, due_at)`;

/** One array for each column: the statement and its plan are the same for any number of events. */
export function outboxValues(events: readonly OutgoingEvent[]): unknown[][] {
  return [
    events.map(({ id }) => id),
    events.map(({ topic }) => topic),
    events.map(({ key, id }) => key ?? id),
    events.map(({ metadata }) => JSON.stringify(metadata)),
    events.map(({ payload }) =>
      Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength).toString(),
    ),
  ];
}

type EntryRow = {
  seq: string;
  id: string;
  topic: string;
  key: string;
  headers: OutgoingEvent['metadata'];
  payload: string;
};

/** Any number, the same in all processes. */
const RELAY_LOCK = 6_369_912;

const statements = {
  add: statement('add_outbox_events', `${insertEvents} SELECT *, now() FROM unnest(${eventParameters(1)})`),
  // Held until the transaction ends: entries of one key must not be published by two processes at the same
  // time.
  lock: statement<{ locked: boolean }>(
    'lock_outbox_relay',
    `SELECT pg_try_advisory_xact_lock(${RELAY_LOCK}) AS locked`,
  ),
  due: statement<EntryRow>(
    'due_outbox_events',
    `SELECT seq::text, ${eventColumns} FROM outbox_events
     WHERE due_at <= now() AND key NOT IN (SELECT key FROM outbox_events WHERE due_at > now())
     ORDER BY outbox_events.seq LIMIT $1`,
  ),
  // Does not wait for the disk, which new rows need more: a deletion that a crash undoes is an event
  // published again, which the broker drops.
  deletePublished: statement(
    'delete_published_outbox_events',
    `WITH setting AS (SELECT set_config('synchronous_commit', 'off', true))
     DELETE FROM outbox_events USING setting WHERE seq = ANY ($1::bigint[])`,
  ),
  pendingKeys: statement<{ key: string }>(
    'pending_outbox_keys',
    'SELECT DISTINCT key FROM outbox_events WHERE topic = $1 AND key = ANY ($2::text[])',
  ),
  count: statement<{ count: number }>(
    'count_outbox_events',
    'SELECT count(*)::int AS count FROM outbox_events',
  ),
  oldestAge: statement<{ age_s: number }>(
    'oldest_outbox_event',
    `SELECT extract(epoch FROM clock_timestamp() - created_at)::float8 AS age_s
     FROM outbox_events ORDER BY seq LIMIT 1`,
  ),
  // The server's own vacuum runs once a minute, PGlite has none; without it, deletions read every row ever
  // deleted. The file keeps its size: truncating it would lock out all writers, and it will be filled again.
  vacuum: statement('vacuum_outbox', 'VACUUM (SKIP_LOCKED, TRUNCATE false, INDEX_CLEANUP on) outbox_events'),
};

export function createOutbox(db: SqlDatabase): Outbox {
  return {
    async add(session, events) {
      if (events.length > 0) await session.run(statements.add, outboxValues(events));
    },
    relay: (take, publish) =>
      db.transaction(async (session) => {
        if (!(await runForRow(session, statements.lock)).locked) return 0;
        const entries = (await session.run(statements.due, [take])).map(toEntry);
        if (entries.length === 0) return 0;
        await publish(entries);
        await session.run(statements.deletePublished, [entries.map(({ seq }) => seq)]);
        return entries.length;
      }),
    async deletePublished(entries) {
      await db.run(statements.deletePublished, [entries.map(({ seq }) => seq)]);
    },
    async pendingKeys(topic, keys) {
      return new Set((await db.run(statements.pendingKeys, [topic, keys])).map(({ key }) => key));
    },
    async count() {
      return (await runForRow(db, statements.count)).count;
    },
    async oldestAgeS() {
      return (await db.run(statements.oldestAge))[0]?.age_s ?? 0;
    },
    async vacuum() {
      await db.run(statements.vacuum);
    },
  };
}

function toEntry({ headers, payload, ...entry }: EntryRow): OutboxEntry {
  return { ...entry, metadata: headers, payload: Buffer.from(payload) };
}
