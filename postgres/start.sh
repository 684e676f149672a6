#!/bin/bash
# Applies what is new in the image or in the secrets before the server can be reached: a service that connects finds
# its role. At the first start the image's own entrypoint does it, in its init scripts.
set -euo pipefail
if [ -s "$PGDATA/PG_VERSION" ]; then
  # After a crash the server reads its log first, which may take minutes.
  pg_ctl --wait --timeout 3600 --options "-c listen_addresses=''" start >/dev/null
  /docker-entrypoint-initdb.d/apply.sh
  pg_ctl --wait --mode fast stop >/dev/null
fi
exec docker-entrypoint.sh "$@"
