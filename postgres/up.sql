-- The schema. Safe to run again: by the image at its first start, by each service at every start, by embedded mode.

-- COLLATE "C": ids are KSUIDs, whose order is that of their bytes; a language's order would shuffle them.
-- Vacuumed early, after which ids are read from the index alone.
CREATE TABLE IF NOT EXISTS meows (
  id TEXT COLLATE "C" PRIMARY KEY,
  body TEXT NOT NULL,
  created_at TIMESTAMP WITH TIME ZONE NOT NULL
) WITH (autovacuum_vacuum_insert_threshold = 10000, autovacuum_vacuum_insert_scale_factor = 0);

-- Events owed to the broker: written with the meow, removed once the broker has confirmed the event.
-- The table is nearly empty and changes all the time, so it is vacuumed early.
CREATE TABLE IF NOT EXISTS outbox (
  meow_id TEXT COLLATE "C" PRIMARY KEY,
  headers JSONB NOT NULL,
  created_at TIMESTAMP WITH TIME ZONE NOT NULL DEFAULT now()
) WITH (autovacuum_vacuum_threshold = 1000, autovacuum_vacuum_scale_factor = 0);

-- Which meow was stored for an Idempotency-Key. Entries count for an hour, then they are removed.
CREATE TABLE IF NOT EXISTS idempotency_keys (
  key TEXT COLLATE "C" PRIMARY KEY,
  meow_id TEXT COLLATE "C" NOT NULL,
  created_at TIMESTAMP WITH TIME ZONE NOT NULL DEFAULT now()
);
CREATE INDEX IF NOT EXISTS idempotency_keys_created_at ON idempotency_keys (created_at);
