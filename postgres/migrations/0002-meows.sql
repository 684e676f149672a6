-- The tables of Meower. Databases from before the numbered migrations have them already.
-- compatible with 0

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

-- Moderation (docs/decisions/moderation.md). Addresses are stored as hashes with the key of a day; once the key is
-- deleted, no hash can be traced to an address.
CREATE TABLE IF NOT EXISTS address_keys (
  day DATE PRIMARY KEY,
  key BYTEA NOT NULL
);

-- The address that posted a meow, for some days. No foreign key: its check would slow down each post.
CREATE TABLE IF NOT EXISTS meow_posters (
  meow_id TEXT COLLATE "C" PRIMARY KEY,
  address_hash TEXT COLLATE "C" NOT NULL
);

-- Addresses that may not post, each with the meow for which it is banned.
CREATE TABLE IF NOT EXISTS bans (
  meow_id TEXT COLLATE "C" PRIMARY KEY,
  address_hash TEXT COLLATE "C" NOT NULL,
  ends_at TIMESTAMP WITH TIME ZONE NOT NULL
);

-- One for each meow and address. Dismissed ones stay, so that the same meow is not reported to operators again.
CREATE TABLE IF NOT EXISTS meow_reports (
  meow_id TEXT COLLATE "C" NOT NULL REFERENCES meows ON DELETE CASCADE,
  address_hash TEXT COLLATE "C" NOT NULL,
  reason TEXT NOT NULL,
  comment TEXT NOT NULL,
  dismissed BOOLEAN NOT NULL DEFAULT false,
  created_at TIMESTAMP WITH TIME ZONE NOT NULL DEFAULT now(),
  PRIMARY KEY (meow_id, address_hash)
);
