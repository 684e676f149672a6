-- The outbox: events that are written in the transaction of the change that they describe, and deleted once the
-- broker has confirmed them. Safe to run again: the examples do so at every start. The table is nearly empty and changes
-- all the time, so it is vacuumed early.
-- compatible with 0
CREATE TABLE IF NOT EXISTS outbox_events (
  seq BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  -- The message id; key and headers of the message; its payload, which is JSON.
  id TEXT NOT NULL,
  topic TEXT NOT NULL,
  key TEXT COLLATE "C" NOT NULL,
  headers JSON NOT NULL,
  payload TEXT NOT NULL,
  created_at TIMESTAMP WITH TIME ZONE NOT NULL DEFAULT now(),
  -- Until then the process that wrote the event publishes it; afterwards any process does.
  due_at TIMESTAMP WITH TIME ZONE NOT NULL DEFAULT now()
) WITH (autovacuum_vacuum_threshold = 1000, autovacuum_vacuum_scale_factor = 0);
