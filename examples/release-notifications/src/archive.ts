import { type SqlDatabase, statement } from '@meower/shared/db/sql.ts';
import type { Handle } from '@meower/shared/message/router/handler.ts';
import { readEvent } from './events.ts';

const INSERT = statement(
  'archive_event',
  `INSERT INTO archived_events (id, type, commit_id, data, occurred_on) VALUES ($1, $2, $3, $4, $5)
   ON CONFLICT DO NOTHING`,
);

/** Keeps the events in Postgres as well: once, because their ids are its key. */
export function archive(db: SqlDatabase): Handle {
  return async (message) => {
    const { type, ...data } = readEvent(message);
    await db.run(INSERT, [message.id, type, data.id, JSON.stringify(data), data.occurred_on]);
  };
}
