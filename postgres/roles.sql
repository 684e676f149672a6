-- The roles and who may connect. Safe to run again; run by a superuser, with the variables meow_password, query_password
-- and migrator_password (psql). What the services may do with each table: migrations/repeatable.sql.

SELECT format('CREATE ROLE %I', role) FROM unnest(ARRAY['meow_service', 'query_service', 'migrator']) AS role
WHERE role NOT IN (SELECT rolname FROM pg_roles) \gexec
ALTER ROLE meow_service LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS PASSWORD :'meow_password';
ALTER ROLE query_service LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS PASSWORD :'query_password';
-- Owns the tables, and changes the schema (`docker compose run --rm ops migrate`).
ALTER ROLE migrator LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS PASSWORD :'migrator_password';

-- What everyone may do by default.
REVOKE ALL ON DATABASE :"DBNAME" FROM PUBLIC;
REVOKE CREATE ON SCHEMA public FROM PUBLIC;
GRANT CONNECT ON DATABASE :"DBNAME" TO meow_service, query_service, migrator;
GRANT CREATE ON SCHEMA public TO migrator;

-- In databases of earlier versions the tables belong to the superuser, or were restored by it.
SELECT format('ALTER TABLE public.%I OWNER TO migrator', tablename) FROM pg_tables
WHERE schemaname = 'public' AND tableowner <> 'migrator' \gexec
