# make serve   sets up and opens the chat on http://127.0.0.1:7860
# make test    sets up and runs the tests
# make check   what continuous integration runs: format, lint, types, tests
# `make help` says the rest.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
SERVE := $(VENV)/.installed
DEV := $(VENV)/.installed-dev
PIP := $(BIN)/python -m pip install --disable-pip-version-check --quiet --constraint constraints.txt

.PHONY: help serve test check format clean

help:
	@grep -E '^# ' Makefile | sed 's/^# //'

$(BIN)/python:
	$(PYTHON) -c 'import sys; assert sys.version_info >= (3, 11), "Sumber needs Python 3.11 or newer; run: make PYTHON=python3.11"'
	$(PYTHON) -m venv $(VENV)

# torch comes first and alone: with its version fixed a small CPU build is taken where the index has one.
$(SERVE): pyproject.toml constraints.txt | $(BIN)/python
	@echo "Installing into $(VENV); the first time takes a few minutes."
	$(PIP) torch
	$(PIP) --editable .
	@touch $@

$(DEV): pyproject.toml constraints.txt | $(BIN)/python
	@echo "Installing into $(VENV); the first time takes a few minutes."
	$(PIP) torch
	$(PIP) --editable '.[dev]'
	@touch $(SERVE) $@

serve: $(SERVE)
	$(BIN)/sumber serve

# Many tests wait for processes, servers or a browser: two at a time take two thirds of the time.
test: $(DEV)
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n 2 --dist worksteal

check: $(DEV)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(MAKE) test

format: $(DEV)
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

clean:
	rm -rf $(VENV) build dist .mypy_cache .pytest_cache .ruff_cache
