#!/usr/bin/env bash
# Every check that reads the sources without running them. All of them run; fails if one does.
set -uo pipefail
cd "$(dirname "$0")/.."
failed=()

check() {
  local name=$1; shift
  if "$@"; then echo "ok: $name"; else failed+=("$name"); fi
}

check "ruff check" .venv/bin/ruff check --quiet .
check "ruff format" .venv/bin/ruff format --check --quiet .
check "mypy, the package" .venv/bin/mypy
check "mypy, the tools" .venv/bin/mypy tools tests/conftest.py tests/test_house.py
check "the import rule" .venv/bin/lint-imports

if [ ${#failed[@]} -gt 0 ]; then
  printf 'not clean: %s\n' "${failed[@]}"
  exit 1
fi
