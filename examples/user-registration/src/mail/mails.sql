-- Safe to run again. The welcome mails that the mail server has accepted.
CREATE TABLE IF NOT EXISTS sent_mails (
  user_id TEXT COLLATE "C" PRIMARY KEY,
  sent_at TIMESTAMP WITH TIME ZONE NOT NULL DEFAULT now()
);
