#!/bin/bash
# Brings the schema, the roles and their passwords up to date, through the socket. Safe to run again.
set -euo pipefail
secrets=/run/secrets
test -s $secrets/meow-service-password
test -s $secrets/query-service-password
psql --quiet --no-psqlrc --set ON_ERROR_STOP=1 --single-transaction --output /dev/null \
  --host /var/run/postgresql --username "$POSTGRES_USER" --dbname "$POSTGRES_DB" \
  --file - --file /schema/outbox.sql --file /schema/up.sql --file /schema/roles.sql <<SQL
SET client_min_messages = warning;
\set meow_password \`cat $secrets/meow-service-password\`
\set query_password \`cat $secrets/query-service-password\`
SQL
