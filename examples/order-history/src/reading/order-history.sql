-- Which rows are read, and which are being rebuilt next to them.
CREATE TABLE IF NOT EXISTS read_model (
  only_one BOOLEAN PRIMARY KEY DEFAULT true CHECK (only_one),
  active INTEGER NOT NULL DEFAULT 1,
  building INTEGER
);
INSERT INTO read_model DEFAULT VALUES ON CONFLICT DO NOTHING;

-- Orders with the number of their goods. Of an order whose events have not come yet, version is 0; a deleted
-- one stays, so that a late event does not bring it back.
CREATE TABLE IF NOT EXISTS order_history (
  model INTEGER NOT NULL,
  id BIGINT NOT NULL,
  user_id BIGINT,
  created_at TIMESTAMP WITH TIME ZONE,
  version INTEGER NOT NULL DEFAULT 0,
  deleted BOOLEAN NOT NULL DEFAULT false,
  goods_count INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (model, id)
);
-- A page by threshold is read in the order of ids where many orders match, and by this index where few do.
CREATE INDEX IF NOT EXISTS order_history_by_count ON order_history (model, goods_count, id)
  WHERE version > 0 AND NOT deleted;
CREATE INDEX IF NOT EXISTS order_history_by_user ON order_history (model, user_id, id)
  WHERE version > 0 AND NOT deleted;

-- Where each of the goods is, or was when it was deleted.
CREATE TABLE IF NOT EXISTS goods_of_orders (
  model INTEGER NOT NULL,
  id BIGINT NOT NULL,
  order_id BIGINT NOT NULL,
  version INTEGER NOT NULL,
  deleted BOOLEAN NOT NULL,
  PRIMARY KEY (model, id)
);

-- The counts follow the rows above in the same statement, whichever events came, in whichever order.
CREATE OR REPLACE FUNCTION count_goods() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    INSERT INTO order_history (model, id, goods_count)
    SELECT model, order_id, count(*) FROM new_rows WHERE NOT deleted GROUP BY model, order_id ORDER BY model, order_id
    ON CONFLICT (model, id) DO UPDATE SET goods_count = order_history.goods_count + excluded.goods_count;
  ELSE
    INSERT INTO order_history (model, id, goods_count)
    SELECT model, order_id, sum(change) FROM (
      SELECT model, order_id, 1 AS change FROM new_rows WHERE NOT deleted
      UNION ALL SELECT model, order_id, -1 FROM old_rows WHERE NOT deleted
    ) AS changes
    GROUP BY model, order_id HAVING sum(change) <> 0 ORDER BY model, order_id
    ON CONFLICT (model, id) DO UPDATE SET goods_count = order_history.goods_count + excluded.goods_count;
  END IF;
  RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER count_inserted AFTER INSERT ON goods_of_orders
  REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION count_goods();
CREATE OR REPLACE TRIGGER count_updated AFTER UPDATE ON goods_of_orders
  REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION count_goods();

-- Applies events: the newest version of a row wins, so they may come in any order and any number of times. Of
-- several versions in one call only the newest is written. Applies to the model that is read and to the one
-- that is being built, or to `only_to`.
CREATE OR REPLACE FUNCTION apply_changes(orders JSON, goods JSON, only_to INTEGER) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  models INTEGER[];
BEGIN
  IF only_to IS NULL THEN
    -- Locked until the changes are committed: a switch of models waits for them, and later changes see it.
    SELECT array_remove(ARRAY[active, building], NULL) INTO models FROM read_model FOR SHARE;
  ELSE
    models := ARRAY[only_to];
  END IF;
  INSERT INTO order_history (model, id, user_id, created_at, version, deleted)
  SELECT model, newest.* FROM unnest(models) AS model, (
    SELECT DISTINCT ON (id) id, user_id, created_at, version, deleted FROM json_to_recordset(orders)
      AS event(id BIGINT, user_id BIGINT, created_at TIMESTAMPTZ, version INTEGER, deleted BOOLEAN)
    ORDER BY id, version DESC
  ) AS newest
  ORDER BY model, id
  ON CONFLICT (model, id) DO UPDATE SET user_id = excluded.user_id, created_at = excluded.created_at,
    version = excluded.version, deleted = excluded.deleted
  WHERE order_history.version < excluded.version;

  INSERT INTO goods_of_orders (model, id, order_id, version, deleted)
  SELECT model, newest.* FROM unnest(models) AS model, (
    SELECT DISTINCT ON (id) id, order_id, version, deleted FROM json_to_recordset(goods)
      AS event(id BIGINT, order_id BIGINT, version INTEGER, deleted BOOLEAN)
    ORDER BY id, version DESC
  ) AS newest
  ORDER BY model, id
  ON CONFLICT (model, id) DO UPDATE SET order_id = excluded.order_id, version = excluded.version, deleted = excluded.deleted
  WHERE goods_of_orders.version < excluded.version;
END $$;

CREATE OR REPLACE VIEW listed_orders AS
  SELECT id, user_id, created_at, version, goods_count FROM order_history
  WHERE model = (SELECT active FROM read_model) AND version > 0 AND NOT deleted;
-- What the model knows of each order and of each of the goods.
CREATE OR REPLACE VIEW known_rows AS
  SELECT 'order' AS kind, id, user_id AS owner, version, deleted FROM order_history
  WHERE model = (SELECT active FROM read_model)
  UNION ALL
  SELECT 'goods', id, order_id, version, deleted FROM goods_of_orders
  WHERE model = (SELECT active FROM read_model);
-- Goods that no page counts, because their order has not come, or is deleted.
CREATE OR REPLACE VIEW unlisted_goods AS
  SELECT coalesce(sum(goods_count) FILTER (WHERE NOT deleted), 0)::float8 AS waiting,
         coalesce(sum(goods_count) FILTER (WHERE deleted), 0)::float8 AS orphaned
  FROM order_history
  WHERE model = (SELECT active FROM read_model) AND goods_count > 0 AND (version = 0 OR deleted);
