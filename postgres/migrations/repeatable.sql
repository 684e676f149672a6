-- Run after each migration, by the owner of the tables, in one transaction. Safe to run again.

-- The outbox of earlier versions: what such a version has written is moved to the present one
-- (0001-outbox.sql).
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

-- The rights of the services' roles, where these exist (postgres/roles.sql). The services own nothing: they can neither
-- change the schema nor truncate.
DO $$
DECLARE
  own_table regclass;
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'meow_service') THEN
    RETURN;
  END IF;
  -- A later version of this file may take rights away.
  FOR own_table IN SELECT oid FROM pg_class
    WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND pg_has_role(relowner, 'MEMBER')
  LOOP
    EXECUTE format('REVOKE ALL ON %s FROM meow_service, query_service', own_table);
  END LOOP;

  GRANT SELECT ON schema_migrations TO meow_service, query_service;
  GRANT SELECT ON meows, deleted_meows TO query_service;

  -- UPDATE of one column is the right to lock rows (SELECT … FOR UPDATE); a body stays as it was posted.
  GRANT SELECT, INSERT, UPDATE (id), DELETE ON meows TO meow_service;
  GRANT SELECT, INSERT ON deleted_meows TO meow_service;
  GRANT SELECT, INSERT, UPDATE, DELETE ON idempotency_keys TO meow_service;
  GRANT SELECT, INSERT, DELETE ON outbox_events, address_keys, meow_posters TO meow_service;
  GRANT SELECT, INSERT, UPDATE, DELETE ON bans, meow_reports TO meow_service;
  -- VACUUM; an older server only does it by itself, once a minute.
  IF current_setting('server_version_num')::int >= 170000 THEN
    EXECUTE 'GRANT MAINTAIN ON outbox_events TO meow_service';
  END IF;
END $$;
