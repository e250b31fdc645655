# Everything a developer does here. `make` alone lists it.
#
#   PYTHON=python3.12 make test    another interpreter (3.11 or newer)
#   make run ARGS="--port 9000"    options for the command behind it
#   make test TESTS=tests/signin   a part of the tests
#   make test WORKERS=0            all of them in one process

VENV ?= .venv
TESTS ?=
ARGS ?=
# One after the other where a part is asked for: starting more costs more than it saves. Else one more
# than there are cores: a fifth of the time goes into waiting for servers and browsers.
WORKERS ?= $(if $(TESTS),0,$(shell expr $$(getconf _NPROCESSORS_ONLN || echo 2) + 1))
bin := $(VENV)/bin
# The byte code that one process leaves is what the next begins with: three workers, and each site that
# a test starts.
unexport PYTHONDONTWRITEBYTECODE
together := -n $(WORKERS) --maxprocesses 4 --dist loadfile --no-loadscope-reorder
export VENV

.DEFAULT_GOAL := help
.PHONY: help run test coverage test-system soak bench bench-sign-in bench-shares bench-growth bench-flood lint mypy pyright style byte-code format lock docs texts site-environment test-environment bench-environment

help: ## List what can be made
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-13s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: site-environment ## Start the site on http://127.0.0.1:8000 (Ctrl-C ends it)
	@exec $(bin)/vestibule run $(ARGS)

test: test-environment ## Check style, types and floors, and run the tests
	@$(MAKE) --no-print-directory -j 2 $(if $(TESTS),,byte-code) lint
	@scripts/browser
	$(bin)/pytest $(together) $(TESTS) $(ARGS)

# Watching every line takes half as long again.
coverage: test-environment ## Run the tests, and tell which lines none of them came to
	@scripts/browser
	@$(bin)/coverage erase
	$(bin)/coverage run -m pytest $(together) $(TESTS) $(ARGS)
	@$(bin)/coverage combine --quiet
	$(bin)/coverage report

test-system: test-environment ## Run the tests that need programs of the operating system
	@scripts/browser
	@scripts/system-programs
	$(bin)/pytest -m "system and not soak" $(or $(TESTS),tests/system tests/faults) $(ARGS)

soak: test-environment ## Run the long forms of the races, kills and models
	@scripts/browser
	$(bin)/pytest -m soak $(TESTS) $(ARGS)

bench: test-environment bench-environment ## Measure Vestibule beside other ways to have a second step
	@PEERS_PYTHON=$(VENV)-bench/bin/python $(bin)/python -m benchmarks.compare $(ARGS)

bench-sign-in: test-environment ## Measure whole sign-ins against a running site
	$(bin)/python -m benchmarks.sign_in $(ARGS)

bench-shares: test-environment ## Show what of a sign-in the database takes, what the pages, what the rest
	$(bin)/python -m benchmarks.shares $(ARGS)

bench-growth: test-environment ## Measure a small site and one with a million accounts, side by side
	$(bin)/python -m benchmarks.growth $(ARGS)

bench-flood: test-environment ## Measure a page while the sign-in is flooded
	$(bin)/python -m benchmarks.flood $(ARGS)

lint: mypy pyright style ## Check style, types and floors only

mypy: test-environment
	$(bin)/mypy

pyright: test-environment
	PYRIGHT_PYTHON_IGNORE_WARNINGS=1 $(bin)/pyright --pythonpath $(bin)/python

style: test-environment
	$(bin)/ruff format --check .
	$(bin)/ruff check .
	$(bin)/lint-imports

# Beside the linters, by one process: else each worker makes it of all tests for itself. What does not
# go well here is told when the tests run.
byte-code: test-environment
	@$(bin)/pytest --collect-only --quiet --quiet >/dev/null || true

format: test-environment ## Put the code into its one format
	$(bin)/ruff format .
	$(bin)/ruff check --fix .

docs: test-environment ## Write the generated parts of the docs anew, and make the site in build/docs
	@$(bin)/python -m docs.generate
	@$(bin)/sphinx-build --quiet --fail-on-warning -b html docs build/docs

texts: test-environment ## Gather what pages say, and bring the translations up to it
	@$(bin)/python -m scripts.texts

lock: ## Resolve pyproject.toml anew into requirements/*.txt
	@scripts/lock

site-environment:
	@scripts/environment site

test-environment:
	@scripts/environment test

bench-environment:
	@VENV=$(VENV)-bench scripts/environment bench
