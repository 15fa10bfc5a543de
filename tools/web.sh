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
    echo "src/rimland/pages/dist is not what web/ builds; run 'make web' and commit it:" >&2
    echo "$changed" >&2
    exit 1
  fi
  echo "src/rimland/pages/dist is what web/ builds."
fi
