# Every target makes .venv and installs what it needs when that is missing.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
EXTRAS ?= train,report,data,labels,ray,timm,dev
CONFIG ?= configs/demo.yaml
# Test files that run at the same time; each takes a core and about 2 GB.
JOBS ?= 2

.DEFAULT_GOAL := help
.PHONY: help install demo test test-slow lint format clean

help:  ## Show the targets
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-10s %s\n", $$1, $$2}'

$(STAMP): pyproject.toml
	@$(PYTHON) -c 'import sys; v = sys.version_info[:2]; sys.exit(v < (3, 10) and "error: Roadgrip needs Python 3.10 or newer; this is %d.%d (choose one with make PYTHON=python3.12)" % v or 0)'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip
	$(BIN)/python -m pip install --quiet --progress-bar off -e '.[$(EXTRAS)]'
	@touch $@

install: $(STAMP)  ## Make .venv with everything (about 5 GB: torch comes with its CUDA libraries)

demo: $(STAMP)  ## Run the whole line on synthetic drives and print where the report is
	$(BIN)/roadgrip run $(CONFIG)

test: $(STAMP)  ## Run the test suite
	$(BIN)/python -m pytest -n $(JOBS) --dist loadfile

test-slow: $(STAMP)  ## Run the tests that take longer than the suite's budget allows
	$(BIN)/python -m pytest -m slow

lint: $(STAMP)  ## Check style, types and layering
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(STAMP)  ## Mend style where a tool can
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

clean:  ## Remove caches; .venv and runs/ stay
	rm -rf .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis build dist
