#!/usr/bin/env bash
# Writes tools/constraints.txt: the versions with which the tests run, chosen anew on Python 3.11.
set -euo pipefail
cd "$(dirname "$0")/.."
python=${PYTHON:-python3.11}
where=$(mktemp -d)
trap 'rm -rf "$where"' EXIT
"$python" -m venv "$where"
"$where/bin/python" -m pip install --quiet --disable-pip-version-check ".[test,bench,query]"
{
  echo "# The versions with which the tests run; made by 'make lock' on Python 3.11. Not a requirement"
  echo "# of the package: pyproject.toml says what it needs. Golden digests belong to these versions."
  "$where/bin/python" -m pip freeze --exclude rimland
} > tools/constraints.txt
echo "tools/constraints.txt names $(grep -c == tools/constraints.txt) versions. Run 'make test' before committing it."
