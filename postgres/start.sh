#!/bin/bash
# Applies what is new in the image or in the secrets before the server can be reached: a service that connects finds
# its role. At the first start the image's own entrypoint does it, in its init scripts.
set -euo pipefail
if [ -s "$PGDATA/PG_VERSION" ]; then
  # With the settings of the server, so that it archives if that does. After a crash it reads its log first, after a
  # restore the archive, which may take hours; until then it can be read and not changed.
  settings=$(printf '%q ' "${@:2}" -c listen_addresses=)
  pg_ctl --silent --wait --timeout 3600 --options "$settings" start
  until [ "$(psql --no-psqlrc --tuples-only --no-align --username "$POSTGRES_USER" --dbname postgres \
    --command 'SELECT pg_is_in_recovery()')" = f ]; do
    # Also where the recovery ends the server, because it does not find the moment that it is to go back to.
    pg_ctl status >/dev/null
    echo "waiting for the recovery" >&2
    sleep 5
  done
  /docker-entrypoint-initdb.d/apply.sh
  pg_ctl --silent --wait --mode fast stop
elif [ -e /var/lib/meower/has-database ]; then
  echo "$PGDATA is empty, but this deployment has had a database: the volume is another one, or this version of Postgres" \
    "looks for it elsewhere. docs/operations.md explains restores and upgrades. To start with an empty database:" \
    "docker compose run --rm --no-deps --entrypoint rm postgres /var/lib/meower/has-database" >&2
  exit 1
fi
exec docker-entrypoint.sh "$@"
