-- Safe to run again, also by several processes concurrently.
SELECT pg_advisory_xact_lock(6369915);

-- The messages whose effect is in this database, see once.ts.
CREATE TABLE IF NOT EXISTS handled_messages (
  handler text NOT NULL,
  topic text NOT NULL,
  id text NOT NULL,
  handled_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (handler, topic, id)
);
-- For deleting old ones; small, because rows come in the order of their time.
CREATE INDEX IF NOT EXISTS handled_messages_handled_at ON handled_messages USING brin (handled_at);
