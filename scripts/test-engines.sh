#!/bin/sh
# Runs tests/engines in an environment of their own: PostgreSQL, a Spark cluster, ClickHouse and two versions of
# DuckDB. What cannot be installed or started is named at the end and skipped; a result that differs fails, and so
# does a machine on which nothing can be compared at all.
set -eu
cd "$(dirname "$0")/.."

home=.venv/engines
old=$PWD/$home/duckdb-1.4
pip="$home/bin/python -m pip --disable-pip-version-check --quiet install"

install() {
  rm -rf "$home"
  "${PYTHON:-python3}" -m venv "$home" &&
    $pip --require-hashes --requirement requirements/engines.txt &&
    $pip --require-hashes --no-deps --target "$old" --requirement requirements/duckdb-1.4.txt &&
    $pip --no-deps --no-build-isolation --editable .
}

wanted=$(cat requirements/engines.txt requirements/duckdb-1.4.txt | cksum)
if [ "$(cat "$home/installed" 2>/dev/null)" != "$wanted" ]; then
  if install; then
    echo "$wanted" >"$home/installed"
  else
    echo "engines: what speaks to them could not be installed (see above); only DuckDB on disk is compared"
    home=.venv
    old=
  fi
fi
if [ ! -x "$home/bin/pytest" ]; then
  echo "engines: NOTHING was proved here, for not even pytest could be installed" >&2
  exit 1
fi
sh scripts/install-servers.sh

if [ "$old" ]; then
  PYTHONPATH=$old "$home/bin/pytest" tests/engines tests/cel/test_differential.py -m "not slow" -k "disk or differential" "$@"
fi
"$home/bin/pytest" tests/engines "$@"
