-- The schema. Safe to run again: the image runs it at its first start, each service and embedded mode at
-- every start.

-- COLLATE "C": ids are KSUIDs, which sort by their bytes; the collation of a language would sort them
-- differently. Vacuumed early: afterwards ids are read from the index alone.
CREATE TABLE IF NOT EXISTS meows (
  id TEXT COLLATE "C" PRIMARY KEY,
  body TEXT NOT NULL,
  created_at TIMESTAMP WITH TIME ZONE NOT NULL
) WITH (autovacuum_vacuum_insert_threshold = 10000, autovacuum_vacuum_insert_scale_factor = 0);

-- Deleted meows: later events and backups must not restore them.
CREATE TABLE IF NOT EXISTS deleted_meows (id TEXT COLLATE "C" PRIMARY KEY);

-- The meow that was stored for an Idempotency-Key. Entries expire after an hour and are deleted later.
CREATE TABLE IF NOT EXISTS idempotency_keys (
  key TEXT COLLATE "C" PRIMARY KEY,
  meow_id TEXT COLLATE "C" NOT NULL,
  created_at TIMESTAMP WITH TIME ZONE NOT NULL DEFAULT now()
);
CREATE INDEX IF NOT EXISTS idempotency_keys_created_at ON idempotency_keys (created_at);

-- The outbox of earlier versions: what such a version has written is moved to the present one
-- (shared/src/outbox/outbox.sql).
DO $$
BEGIN
  IF to_regclass('outbox') IS NOT NULL THEN
    WITH unpublished AS (DELETE FROM outbox RETURNING meow_id, headers)
    INSERT INTO outbox_events (id, topic, key, headers, payload)
    SELECT id, 'meow.created', id, headers::json, json_build_object(
      'id', id, 'body', body, 'created_at', to_char(created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'))
    FROM unpublished JOIN meows ON id = meow_id ORDER BY id;
  END IF;
END $$;
