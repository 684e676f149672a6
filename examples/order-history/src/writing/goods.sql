-- The order is another service's: there is no foreign key.
CREATE TABLE IF NOT EXISTS goods (
  id BIGSERIAL PRIMARY KEY,
  order_id BIGINT NOT NULL,
  created_at TIMESTAMP WITH TIME ZONE NOT NULL DEFAULT now(),
  version INTEGER NOT NULL DEFAULT 1
);
