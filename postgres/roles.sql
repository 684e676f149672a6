-- The roles of the services and their rights. Safe to run again; run by a superuser after the schema, with the variables
-- meow_password and query_password (psql). The services own nothing: they can neither change the schema nor truncate.

SELECT format('CREATE ROLE %I', role) FROM unnest(ARRAY['meow_service', 'query_service']) AS role
WHERE role NOT IN (SELECT rolname FROM pg_roles) \gexec
ALTER ROLE meow_service LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS PASSWORD :'meow_password';
ALTER ROLE query_service LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS PASSWORD :'query_password';

-- What everyone may do by default.
REVOKE ALL ON DATABASE :"DBNAME" FROM PUBLIC;
REVOKE CREATE ON SCHEMA public FROM PUBLIC;
GRANT CONNECT ON DATABASE :"DBNAME" TO meow_service, query_service;

-- A later version of this file may take rights away.
REVOKE ALL ON ALL TABLES IN SCHEMA public FROM meow_service, query_service;

GRANT SELECT ON meows, deleted_meows TO query_service;

-- UPDATE of one column is the right to lock rows (SELECT … FOR UPDATE); a body stays as it was posted.
GRANT SELECT, INSERT, UPDATE (id), DELETE ON meows TO meow_service;
GRANT SELECT, INSERT ON deleted_meows TO meow_service;
GRANT SELECT, INSERT, UPDATE, DELETE ON idempotency_keys TO meow_service;
GRANT SELECT, INSERT, DELETE ON outbox_events, address_keys, meow_posters TO meow_service;
GRANT SELECT, INSERT, UPDATE, DELETE ON bans, meow_reports TO meow_service;
-- VACUUM; an older server only does it by itself, once a minute.
SELECT 'GRANT MAINTAIN ON outbox_events TO meow_service' WHERE current_setting('server_version_num')::int >= 170000 \gexec
