-- The tables of the SQL broker. Safe to run again, also by several processes concurrently.
SELECT pg_advisory_xact_lock(6369913);

-- One row. A publisher increments it in the transaction that stores its messages and holds the row's lock until the commit, so
-- numbers become visible in their order, without gaps for rolled back transactions. A new history starts at the time in
-- microseconds, above the numbers of the one that was lost.
CREATE TABLE IF NOT EXISTS broker_head (
  only_row BOOLEAN PRIMARY KEY DEFAULT true CHECK (only_row),
  first_seq BIGINT NOT NULL,
  last_seq BIGINT NOT NULL,
  -- Bytes ever published.
  last_byte BIGINT NOT NULL DEFAULT 0
) WITH (fillfactor = 10, autovacuum_vacuum_threshold = 1000, autovacuum_vacuum_scale_factor = 0);
INSERT INTO broker_head (first_seq, last_seq)
SELECT micros, micros FROM (SELECT floor(extract(epoch FROM clock_timestamp()) * 1000000)::bigint AS micros) AS clock
ON CONFLICT DO NOTHING;

-- The log of all topics. Retention deletes from its old end, so whole pages become free and are used again.
CREATE TABLE IF NOT EXISTS broker_messages (
  seq BIGINT PRIMARY KEY,
  topic TEXT COLLATE "C" NOT NULL,
  id TEXT COLLATE "C" NOT NULL,
  key TEXT COLLATE "C",
  metadata JSON NOT NULL,
  payload BYTEA NOT NULL,
  published_at TIMESTAMP WITH TIME ZONE NOT NULL,
  -- Bytes published up to and including this message.
  end_byte BIGINT NOT NULL,
  -- Its contents are gone; the id still counts for deduplication.
  erased BOOLEAN NOT NULL DEFAULT false,
  UNIQUE (topic, id)
) WITH (autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_insert_scale_factor = 0.05);
CREATE INDEX IF NOT EXISTS broker_messages_topic ON broker_messages (topic, seq);
CREATE INDEX IF NOT EXISTS broker_messages_published_at ON broker_messages USING brin (published_at);

-- The newest number of a topic that retention has deleted. Older messages that are left belong to a group, not to readers.
CREATE TABLE IF NOT EXISTS broker_cuts (
  topic TEXT COLLATE "C" PRIMARY KEY,
  seq BIGINT NOT NULL
);

-- The row is locked while a member takes a batch.
CREATE TABLE IF NOT EXISTS broker_groups (
  name TEXT COLLATE "C" PRIMARY KEY
);

-- The newest message of a topic that a group has taken.
CREATE TABLE IF NOT EXISTS broker_positions (
  group_name TEXT COLLATE "C" NOT NULL,
  topic TEXT COLLATE "C" NOT NULL,
  seq BIGINT NOT NULL,
  PRIMARY KEY (group_name, topic)
) WITH (fillfactor = 50, autovacuum_vacuum_threshold = 1000, autovacuum_vacuum_scale_factor = 0);

-- Batches that members are handling: one row for each, because a row for each message costs more than the handling. The member
-- extends `locked_until`; afterwards the messages are due for any member.
CREATE TABLE IF NOT EXISTS broker_batches (
  id UUID PRIMARY KEY,
  group_name TEXT COLLATE "C" NOT NULL,
  locked_until TIMESTAMP WITH TIME ZONE NOT NULL,
  -- One element for each unsettled message. `attempts` counts the present delivery.
  seqs BIGINT[] NOT NULL,
  topics TEXT[] NOT NULL,
  keys TEXT[] NOT NULL,
  attempts INTEGER[] NOT NULL
) WITH (autovacuum_vacuum_threshold = 1000, autovacuum_vacuum_scale_factor = 0);

-- Messages that a group has taken from the log and that no member is handling: nacked, left by a crash, waiting for an earlier
-- message of their key, or retried dead letters.
CREATE TABLE IF NOT EXISTS broker_retries (
  group_name TEXT COLLATE "C" NOT NULL,
  seq BIGINT NOT NULL,
  topic TEXT COLLATE "C" NOT NULL,
  key TEXT COLLATE "C",
  -- Deliveries so far.
  attempt INTEGER NOT NULL,
  due_at TIMESTAMP WITH TIME ZONE NOT NULL,
  PRIMARY KEY (group_name, seq)
) WITH (autovacuum_vacuum_threshold = 1000, autovacuum_vacuum_scale_factor = 0);
CREATE INDEX IF NOT EXISTS broker_retries_key ON broker_retries (group_name, key, seq);

-- Their contents stay in `broker_messages`.
CREATE TABLE IF NOT EXISTS broker_dead_letters (
  position BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  group_name TEXT COLLATE "C" NOT NULL,
  seq BIGINT NOT NULL,
  reason TEXT NOT NULL,
  attempts INTEGER NOT NULL,
  rejected_at TIMESTAMP WITH TIME ZONE NOT NULL DEFAULT clock_timestamp(),
  UNIQUE (group_name, seq)
);
