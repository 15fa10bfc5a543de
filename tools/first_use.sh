#!/usr/bin/env bash
# What the README promises a newcomer: `pip install . && rimland demo` in an empty environment.
# bash tools/first_use.sh FOLDER      (FOLDER is made; the page is written into it)
set -euo pipefail
cd "$(dirname "$0")/.."
where=$1
${PYTHON:-python3} -m venv "$where/env"
began=$SECONDS
"$where/env/bin/python" -m pip install --quiet --disable-pip-version-check . </dev/null
echo "installed in $((SECONDS - began)) s"

cd "$where"
began=$SECONDS
"$where/env/bin/rimland" demo --no-open --out "$where/page" </dev/null
took=$((SECONDS - began))
echo "rimland demo took $took s, the kernel's compilation included"
# The promise is 20 s on two free cores; a shared machine gets twice that.
if [ "$took" -gt 40 ]; then echo "That is too long." >&2; exit 1; fi

page=$(find "$where/page" -name '*.html' -print -quit)
if [ -z "$page" ]; then echo "No page was written." >&2; exit 1; fi
size=$(wc -c < "$page")
echo "the page has $((size / 1000)) kB"
if [ "$size" -gt 3000000 ]; then echo "That is more than 3 MB." >&2; exit 1; fi
