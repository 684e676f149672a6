-- Safe to run again.
CREATE TABLE IF NOT EXISTS points (
  user_id TEXT COLLATE "C" PRIMARY KEY,
  points INTEGER NOT NULL
);
