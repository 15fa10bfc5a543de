#!/usr/bin/env bash
# Makes .venv and installs the package with one extra into it: bash tools/environment.sh test
# Needs Python 3.11 or newer; PYTHON=... chooses one.
set -euo pipefail
cd "$(dirname "$0")/.."
extra=${1:-test}
notes=.venv/notes.txt

new_enough() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; }

python=
for candidate in ${PYTHON:-} python3 python3.13 python3.12 python3.11 python3.14; do
  if new_enough "$candidate"; then python=$candidate; break; fi
done
if [ -z "$python" ]; then
  echo "No Python 3.11 or newer was found. Install one, or name it: make test PYTHON=/path/to/python3.11" >&2
  exit 2
fi

make_environment() { "$python" -m venv .venv 2>/dev/null && new_enough .venv/bin/python; }

if ! new_enough .venv/bin/python; then
  rm -rf .venv
  if ! make_environment; then
    rm -rf .venv
    # Debian keeps venv in a package of its own.
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
      apt-get update -qq </dev/null
      DEBIAN_FRONTEND=noninteractive apt-get install -y -qq python3-venv </dev/null >/dev/null
    fi
    make_environment || {
      echo "$python cannot make an environment. On Debian and Ubuntu: apt-get install python3-venv" >&2
      exit 2
    }
  fi
fi

: > "$notes"
install() { .venv/bin/python -m pip install --quiet --disable-pip-version-check "$@" </dev/null; }
echo "Installing rimland and what '$extra' needs into .venv ..."
if ! install --constraint tools/constraints.txt --editable ".[$extra]"; then
  # The locked versions are wheels for Python 3.11 to 3.14; elsewhere the newest have to do.
  echo "The locked versions cannot be installed here; trying the newest ones." >&2
  install --editable ".[$extra]"
  echo "the locked versions: they cannot be installed on this machine, the newest were used" >> "$notes"
fi
touch ".venv/made-$extra"
