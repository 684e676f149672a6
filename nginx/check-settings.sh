#!/bin/sh
# Names a setting that nginx cannot use. nginx itself would name a line of a file that it has made of the settings.
set -u
is_wrong=

check_number() { # NAME LARGEST
  eval "value=\${$1-}"
  case $value in
    '' | *[!0-9]* | ???????????*) ;;
    *) [ "$value" -ge 1 ] && [ "$value" -le "$2" ] && return ;;
  esac
  echo "nginx: $1: must be a whole number from 1 to $2, not \"$value\"" >&2
  is_wrong=yes
}

for name in POSTS PROOFS REPORTS SEARCHES HANDSHAKES READS; do
  check_number "LIMIT_$name" 1000000000
done
# nginx counts connections with 16 bits.
check_number LIMIT_REQUESTS 65535
check_number LIMIT_SOCKETS 65535

case ${PROOF_OF_WORK-} in
  off | over-limit | always) ;;
  *)
    echo "nginx: PROOF_OF_WORK: must be off, over-limit or always, not \"${PROOF_OF_WORK-}\"" >&2
    is_wrong=yes
    ;;
esac
if ! printf %s "${TRUSTED_PROXY-}" | grep -Eq '^(unix:|[0-9a-fA-F]*[.:][0-9a-fA-F.:]*(/[0-9]+)?)$'; then
  echo "nginx: TRUSTED_PROXY: must be an address or a network, not \"${TRUSTED_PROXY-}\"" >&2
  is_wrong=yes
fi
[ -z "$is_wrong" ]
