# Two targets do everything on a fresh machine: `make demo` and `make test`.
# Both make their own environment in .venv; they need python3 (3.11 or newer) and make, nothing else.

PYTHON ?= python3
BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet

.PHONY: demo test lint tests system docs golden bench clean help

help:  ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/'

demo: .venv/run.stamp  ## run the online shop on the data that ships with it
	$(BIN)/cxengine run rulesets/online-shop --out runs/online-shop || [ $$? -eq 1 ]  # 1: findings

test: .venv/dev.stamp system lint tests  ## everything: lint, types, layers, all tests

lint: .venv/dev.stamp
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

tests: .venv/dev.stamp
	$(BIN)/pytest -n 2 --dist loadgroup -m "not slow"

test-slow: .venv/dev.stamp  ## long calibration, fuzz and scale runs
	$(BIN)/pytest -m slow

# Clients of the engines, among them Spark itself (400 MB), live in an environment of their own.
test-engines: .venv/bin/python  ## PostgreSQL, a Spark cluster and ClickHouse against DuckDB, on loopback
	PYTHON=$(PYTHON) sh scripts/test-engines.sh

equality: test-engines  ## write the table of docs/engines.md anew
	.venv/engines/bin/python tests/engines/equality.py --write

docs: .venv/dev.stamp  ## write the generated pages of docs/ anew
	$(BIN)/python docs/generate.py

golden: .venv/dev.stamp  ## accept today's messages and outputs as golden files; read the diff
	$(BIN)/pytest -q --update-golden tests/bad tests/exporters

system: .venv/system.stamp

# The report is opened in a real browser; without the means to install one, those tests say that they skip.
.venv/system.stamp: | .venv/dev.stamp
	sh scripts/install-chromium.sh
	@touch $@

.venv/bin/python:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "cxengine needs Python 3.11 or newer")'
	$(PYTHON) -m venv .venv

.venv/run.stamp: requirements/run.txt pyproject.toml | .venv/bin/python
	$(PIP) install --require-hashes --requirement requirements/run.txt
	$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

.venv/dev.stamp: requirements/dev.txt .venv/run.stamp
	$(PIP) install --require-hashes --requirement requirements/dev.txt
	$(PIP) install --no-deps --no-build-isolation --editable plugins/jira --editable plugins/qualtrics
	@touch $@

requirements: .venv/dev.stamp  ## pin the newest dependencies anew
	$(PIP) install uv
	for set in run:build dev:dev engines:engines; do \
	  $(BIN)/uv pip compile pyproject.toml --group $${set#*:} $$(case $$set in engines:*) \
	      echo --extra postgres --extra spark --extra clickhouse;; esac) --universal --python-version 3.11 --upgrade \
	    --generate-hashes --no-header --no-annotate --no-emit-index-url --no-emit-find-links \
	    --quiet --output-file requirements/$${set%:*}.txt; \
	done
	echo "duckdb==1.4.*" | $(BIN)/uv pip compile - --universal --python-version 3.11 --upgrade --generate-hashes \
	  --no-header --no-annotate --no-emit-index-url --quiet --output-file requirements/duckdb-1.4.txt
.PHONY: requirements test-slow test-engines equality

clean:
	rm -rf .venv build dist runs .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache
