#!/bin/bash
# Brings the roles, their passwords and the owner of the tables up to date, through the socket. Safe to run again.
set -euo pipefail
secrets=/run/secrets
for role in meow-service query-service migrator replicator; do test -s $secrets/$role-password; done
psql --quiet --no-psqlrc --set ON_ERROR_STOP=1 --single-transaction --output /dev/null \
  --host /var/run/postgresql --username "$POSTGRES_USER" --dbname "$POSTGRES_DB" \
  --file - --file /schema/roles.sql --file /schema/replicator.sql <<SQL
SET client_min_messages = warning;
\set meow_password \`cat $secrets/meow-service-password\`
\set query_password \`cat $secrets/query-service-password\`
\set migrator_password \`cat $secrets/migrator-password\`
\set replicator_password \`cat $secrets/replicator-password\`
SQL
# In a volume of its own: start.sh refuses a server without data from now on.
if [ -w /var/lib/meower ]; then touch /var/lib/meower/has-database; fi
