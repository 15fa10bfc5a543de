#!/usr/bin/env bash
# Installs Chromium and its driver when they are missing and this can be done; says so otherwise.
# Never fails: tests that need a browser then skip, and `make test` lists them at its end.
set -uo pipefail

have() {
  { command -v chromium || command -v chromium-browser || command -v google-chrome; } >/dev/null &&
    command -v chromedriver >/dev/null
}

have && exit 0
if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
  echo "No Chromium with its driver here, and it cannot be installed (that takes apt-get, as root)."
  exit 0
fi
echo "Installing Chromium and its driver ..."
export DEBIAN_FRONTEND=noninteractive
log=$(mktemp)
if ! { apt-get update -qq && apt-get install -y -qq --no-install-recommends \
  chromium chromium-driver fonts-dejavu-core; } </dev/null >"$log" 2>&1 || ! have; then
  tail -n 5 "$log"
  echo "Chromium could not be installed."
fi
rm -f "$log"
exit 0
