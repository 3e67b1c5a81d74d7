# `make run` starts AutoDev, `make test` and `make lint` are what CI runs. Everything needed is installed on the way.
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
export PYTHON ?= python3
# Without kept byte code each process compiles all that it imports: half of what its start costs.
unexport PYTHONDONTWRITEBYTECODE
export VENV ?= .venv
BIN := $(VENV)/bin
# Test processes, one more than processors, because tests wait too; 0 runs all in one, which a debugger wants.
WORKERS ?= $(shell n=$$(getconf _NPROCESSORS_ONLN); echo $$((n < 8 ? n + 1 : 8)))
PORT ?=
# Options of `make chaos`.
CHAOS ?=
# `make cassette`: what is recorded, and where from.
UPSTREAM ?= https://api.openai.com/v1
MODEL ?= openai/gpt-6.1-sol
IDEA ?= Create a REST API for a todo app with authentication.
CASSETTE ?= cassette.jsonl

FRONT := package.json package-lock.json static/build.mjs $(shell find static/src templates -type f 2>/dev/null)
CODE := autodev projects providers recovery monitoring tests bench manage.py

.PHONY: help run venv dev front system test lint types fmt bench chaos cassette lock clean

help: ## what there is
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /\1\t/' | expand -t 10

run: venv front system ## start AutoDev here; its address is printed last
	@exec $(BIN)/autodev up $(if $(PORT),--port $(PORT))

venv: $(VENV)/.run ## the virtual environment, with what running needs
dev: $(VENV)/.dev ## … and with what developing needs
front: static/dist/.built ## scripts and styles of the pages
system: $(VENV)/.system ## bubblewrap and the browser of the tests, where this may install them

$(VENV)/.run: requirements-setup.lock requirements.lock pyproject.toml
	@scripts/install-python run

$(VENV)/.dev: requirements-setup.lock requirements-dev.lock pyproject.toml
	@scripts/install-python dev

static/dist/.built: $(FRONT) | venv
	@scripts/build-front

# What cannot be installed is said; `autodev doctor` tells what is missing because of it.
$(VENV)/.system: scripts/install-system-packages | venv
	@if scripts/install-system-packages; then touch $@; else echo "Going on without them; see: $(BIN)/autodev doctor"; fi

# The browser's driver keeps an event loop in its thread for as long as the process lives, in which no asynchronous test can run:
# it has a process of its own, in which the second database follows, beside all others. All parts run, also after one that failed.
test: dev front system ## every test, with coverage and its floors
	@rm -f .coverage .coverage.*
	@failed=0; \
	part() { local name=$$1; shift; COVERAGE_FILE=$(CURDIR)/.coverage.$$name $(BIN)/pytest "$$@" --cov --cov-report=; }; \
	{ ended=0; part browser tests/browser || ended=1; TEST_DATABASE=sqlite part sqlite tests/engine || ended=1; exit $$ended; } \
	  >.coverage-beside.log 2>&1 & beside=$$!; \
	part most -n $(WORKERS) --dist loadgroup --durations 40 --durations-min 10 --ignore tests/browser || failed=1; \
	wait $$beside || failed=1; \
	cat .coverage-beside.log; rm .coverage-beside.log; \
	$(BIN)/coverage combine --quiet; \
	$(BIN)/coverage json --quiet -o .coverage.json; \
	scripts/check-coverage .coverage.json || failed=1; \
	exit $$failed

lint: dev front ## style, types, floors, templates, deployment checks
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@scripts/check-file-sizes
	@$(BIN)/lint-imports --no-cache
	@$(BIN)/djlint --quiet --check templates
	@$(BIN)/djlint --quiet --lint templates
	@$(BIN)/check-jsonschema --builtin-schema vendor.compose-spec docker-compose.yml
	@scripts/check-django
	@$(BIN)/mypy $(CODE)

fmt: dev ## write the house style
	@$(BIN)/ruff check --fix --exit-zero --quiet .
	@$(BIN)/ruff format .
	@$(BIN)/djlint --quiet --reformat templates || true

bench: dev system ## the measurements of docs/benchmarks.md
	@for one in bench/*/run.py; do $(BIN)/python -m "$$(echo "$${one%.py}" | tr / .)"; done

chaos: dev front system ## real builds under 500 faults, judged afterwards (docs/chaos.md); CHAOS="--seed 2"
	@$(BIN)/python -m bench.chaos $(CHAOS)

cassette: dev system ## a build with a real model, recorded without secrets (docs/cassettes.md); KEY_FILE=… MODEL=… UPSTREAM=… IDEA=…
	@$(BIN)/python -m tests.cassettes record --upstream "$(UPSTREAM)" $(if $(KEY_FILE),--key-file "$(KEY_FILE)") --out "$(CASSETTE)" \
	  -- $(BIN)/python -m tests.cassettes.build --model "$(MODEL)" --out "$(basename $(CASSETTE))" "$(IDEA)"

lock: dev ## the lock files anew, from pyproject.toml
	@scripts/lock

clean: ## everything that can be made again; data in .autodev stays
	@rm -rf $(VENV) node_modules static/dist .coverage .coverage.* .mypy_cache .ruff_cache .pytest_cache .hypothesis *.egg-info
