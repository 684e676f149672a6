CREATE TABLE IF NOT EXISTS archived_events (
  id text PRIMARY KEY,
  type text NOT NULL,
  commit_id text NOT NULL,
  data jsonb NOT NULL,
  occurred_on timestamptz NOT NULL
);
CREATE INDEX IF NOT EXISTS archived_events_occurred_on ON archived_events (occurred_on);
