#!/bin/bash
# A streaming replica of the server "postgres": copies it at the first start, and follows it.
set -euo pipefail
export PGPASSFILE=/tmp/replica-password
(umask 077 && echo "postgres:5432:*:replicator:$(cat /run/secrets/replicator-password)" >"$PGPASSFILE")
if ! [ -s "$PGDATA/PG_VERSION" ]; then
  # An interrupted copy leaves a part of the files.
  until find "$PGDATA" -mindepth 1 -delete &&
    pg_basebackup --pgdata "$PGDATA" --host postgres --username replicator --checkpoint fast --write-recovery-conf; do
    echo "could not copy the primary, trying again" >&2
    sleep 2
  done
fi
chmod 0700 "$PGDATA"
exec postgres -c hba_file=/etc/postgresql/pg_hba.conf -c max_connections=200 \
  -c primary_conninfo="host=postgres user=replicator passfile=$PGPASSFILE application_name=replica"
