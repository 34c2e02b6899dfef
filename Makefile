# The words that run this project. `make` alone lists them.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check

.DEFAULT_GOAL := help
.PHONY: help demo test check lint types contracts docs bench lock clean

help: ## list the words
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-10s %s\n", $$1, $$2}'

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "sli-agent needs Python 3.11 or later: make PYTHON=python3.12")'
	@$(PYTHON) -m venv $(VENV)

$(VENV)/.demo: $(VENV)/bin/python requirements/demo.txt pyproject.toml
	@echo "Installing what the demo needs into $(VENV) (about a minute, once) ..."
	@$(PIP) install --quiet --require-hashes -r requirements/demo.txt
	@$(PIP) install --quiet --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.dev: $(VENV)/.demo requirements/dev.txt
	@echo "Installing what the tests need into $(VENV) ..."
	@$(PIP) install --quiet --require-hashes -r requirements/dev.txt
	@touch $@

demo: $(VENV)/.demo ## the main job on your own machine: no Salesforce, no mail server needed
	@$(BIN)/sli-agent demo

test: $(VENV)/.dev ## install what the tests need and run them
	@$(BIN)/python -m pytest -n auto -q

check: lint types contracts docs test ## everything CI runs

lint: $(VENV)/.dev ## style and the no-clock rule
	@$(BIN)/ruff check . && $(BIN)/ruff format --check .

types: $(VENV)/.dev ## mypy, strict
	@$(BIN)/mypy

contracts: $(VENV)/.dev ## imports point one way
	@$(BIN)/lint-imports

docs: $(VENV)/.dev ## the generated parts of the docs are up to date
	@$(BIN)/cog --check README.md docs/*.md

bench: $(VENV)/.dev ## measure against other readers and write docs/benchmarks.md (long)
	@$(BIN)/python -m bench

lock: $(VENV)/.dev ## refresh the hash-pinned requirements (they name no host)
	@for set in demo:"--extra sandbox --group pyproject.toml:build" dev:"--extra sandbox --group pyproject.toml:build --group pyproject.toml:dev"; do \
	  $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-annotate \
	    pyproject.toml $${set#*:} -o requirements/$${set%%:*}.txt; done

clean: ## forget the environment and the demo's state
	rm -rf $(VENV) state/demo
