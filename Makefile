# Needs Python 3.10 or newer and make; everything else is installed into .venv.
#
#   make demo    play the whole workflow on SQLite, showing every command
#   make test    run every test on SQLite, PostgreSQL and MariaDB

PYTHON ?= $(shell for p in python3.13 python3.12 python3.11 python3.10 python3 python; do \
	$$p -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 10))' 2>/dev/null \
	&& { command -v $$p; break; }; done)
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check install --quiet
TESTS ?=

.PHONY: demo test lint docs bench bench-autogenerate clean

demo: $(VENV)/.demo
	@$(BIN)/python -m example_app.demo

test: $(VENV)/.test
	@$(BIN)/python -m pytest -q -n 2 --dist loadfile $(TESTS)

lint: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

docs: $(VENV)/.docs
	$(BIN)/sphinx-build -W -q -b html docs docs/_build/html

bench: $(VENV)/.bench
	$(BIN)/python -m benchmarks.import_time
	$(BIN)/python -m benchmarks

bench-autogenerate: $(VENV)/.test
	$(BIN)/python -m benchmarks.autogenerate

clean:
	rm -rf $(VENV) .cache docs/_build

# One environment; each stamp adds an extra to it, and pip is only asked when the metadata changed.
$(VENV)/bin/python:
	@test -n "$(PYTHON)" || { echo "No Python 3.10 or newer with venv was found." \
	"Install one (on Debian: apt-get install python3-venv) or name it: make PYTHON=..."; exit 1; }
	@$(PYTHON) -m venv $(VENV)

$(VENV)/.demo: $(VENV)/bin/python setup.cfg pyproject.toml
	@$(PIP) -e .
	@touch $@

$(VENV)/.test: $(VENV)/.demo
	@$(PIP) -e '.[test]'
	@touch $@

$(VENV)/.dev: $(VENV)/.test
	@$(PIP) -e '.[test,dev]'
	@touch $@

$(VENV)/.docs: $(VENV)/.demo
	@$(PIP) -e '.[docs]'
	@touch $@

$(VENV)/.bench: $(VENV)/.demo
	@$(PIP) -e '.[bench]'
	@touch $@
