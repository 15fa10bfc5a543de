#!/usr/bin/env bash
# Builds the front end from web/ into src/rimland/pages/dist, from its lock file.
# With --compare: fails when the build differs from what is committed.
set -euo pipefail
cd "$(dirname "$0")/.."
if ! command -v npm >/dev/null; then
  echo "The front end was not rebuilt: there is no npm here (install Node 20 or newer)." >&2
  exit 2
fi
(
  cd web
  npm ci --no-audit --no-fund --loglevel=error
  npm run --silent --if-present check
  npm run --silent build
) </dev/null
if [ "${1:-}" = --compare ]; then
  changed=$(git status --porcelain -- src/rimland/pages/dist)
  if [ -n "$changed" ]; then
    echo "What web/ builds is not what is committed; run 'make web' and commit:" >&2
    echo "$changed" >&2
    exit 1
  fi
  echo "The committed front end is what web/ builds."
fi
