# The commands of the project; `make` alone lists them.
PYTHON ?= $(shell for p in python3.12 python3.11 python3.13 python3.14 python3; do $$p -c "" 2>/dev/null && echo $$p && break; done)
VENV := .venv
BIN := $(VENV)/bin
RUN := $(VENV)/.run-installed
DEV := $(VENV)/.dev-installed

.DEFAULT_GOAL := help
.PHONY: help install run test test-quick check coverage bench chaos audit docs screenshots translations lock image

help: ## List the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-10s %s\n", $$1, $$2}'

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed")'
	$(PYTHON) -m venv $(VENV)

$(RUN): $(VENV)/bin/python requirements.lock pyproject.toml
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation -e .
	@touch $@

$(DEV): $(RUN) requirements-dev.lock
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements-dev.lock
	@touch $@

install: $(RUN) ## Build .venv from the lock file
	@echo "installed; try: make run"

run: $(RUN) ## Start everything on this machine and print the addresses
	@exec $(BIN)/gateway up

test: $(DEV) ## Install what tests need and run them all (REQUIRE_ALL=1: a skip is a failure)
	@sh tests/install_servers.sh
	$(BIN)/python -m pytest -n auto --dist worksteal $(PYTEST_ARGS)

test-quick: $(DEV) ## The tests that need no server and no browser and are not slow, in under a minute
	$(BIN)/python -m pytest -n auto --dist worksteal -m "not servers and not slow" $(PYTEST_ARGS)

check: $(DEV) ## Format, lint, types, import contract, country pack, conversation
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/gateway pack check
	$(BIN)/gateway flows check

coverage: $(DEV) ## All the tests once more, with what they reach of each file
	@sh tests/install_servers.sh
	$(BIN)/python -m pytest -n auto --dist worksteal --cov --cov-report=term:skip-covered $(PYTEST_ARGS)

bench: $(DEV) ## Measure the figures of docs/capacity.md and docs/triage.md (BENCH=name: one of them)
	@sh tests/install_servers.sh
	$(BIN)/python -m bench $(BENCH)

docs: $(RUN) ## Write docs/reference.md from the commands' own help and the settings
	$(BIN)/python -m docs.reference > docs/reference.md

translations: $(RUN) ## Take new texts of the pages into the catalogues, and compile them
	@mkdir -p build
	$(BIN)/pybabel -q extract -F gateway/translations/babel.cfg --add-location=file --project=ccs-gateway -o build/messages.pot .
	$(BIN)/pybabel -q update -N --ignore-obsolete --ignore-pot-creation-date -i build/messages.pot -d gateway/translations
	$(BIN)/pybabel -q compile -d gateway/translations

screenshots: $(DEV) ## Take the README's pictures anew, in a real browser with the demo
	@sh tests/install_servers.sh
	$(BIN)/python -m docs.screenshots

lock: ## Renew the lock files (needs uv)
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate --no-header --no-strip-extras pyproject.toml --group install -o requirements.lock
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate --no-header --no-strip-extras pyproject.toml --group install --group dev -c requirements.lock -o requirements-dev.lock

chaos: $(DEV) ## The long form of the tests: 100,000 random requests, 100,000 events under twelve faults, 10,000 hostile inputs, two machines that lose both masters
	@sh tests/install_servers.sh
	TALKS=100000 EVENTS=100000 HOSTILE=10000 $(BIN)/python -m pytest -s tests/whole/test_random_sessions.py tests/whole/test_chaos.py tests/whole/chaos_on_several_machines.py tests/whole/test_hostile_inputs.py tests/whole/test_hostile_senders.py tests/gateway/data_protection/test_restore.py

audit: $(DEV) ## Hold the pinned packages against the known weaknesses, where that list can be reached
	@sh .ci/audit

image: ## Build the container image, tell its size and start it (as root; needs buildah and debootstrap)
	@sh deploy/build_image.sh
