#!/usr/bin/env bash
# Posts a push of one new commit, as GitHub does: send-stub-webhook.sh [HOST:PORT]. Environment: GITHUB_SECRET.
set -euo pipefail
random() { od -An -N20 -tx1 /dev/urandom | tr -d ' \n'; }
body=$(sed "s/COMMIT_ID/$(random)/; s/TIMESTAMP/$(date -u +%Y-%m-%dT%H:%M:%SZ)/" "$(dirname "$0")/push.json")
headers=(-H 'Content-Type: application/json' -H 'X-GitHub-Event: push' -H "X-GitHub-Delivery: $(random)")
if [ -n "${GITHUB_SECRET:-}" ]; then
  signature=$(printf %s "$body" | openssl dgst -sha256 -hmac "$GITHUB_SECRET" | sed 's/.* //')
  headers+=(-H "X-Hub-Signature-256: sha256=$signature")
fi
curl -sS "${headers[@]}" -d "$body" "http://${1:-localhost:8080}/"
