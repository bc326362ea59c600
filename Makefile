# Everything from a fresh machine with Python >= 3.11 and make. `make` alone lists the targets.

VENV ?= .venv
DOCS ?= examples/documents
OUT ?= out
TESTS ?=
PYTHON ?= $(shell for p in python3.13 python3.12 python3.11 python3 python; do \
	$$p -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)

BIN := $(VENV)/bin
SHEAF := $(BIN)/sheaf
RUNTIME := $(VENV)/.runtime
DEVELOPMENT := $(VENV)/.development
# A home directory may be missing or read-only; then downloads are cached beside what they are for.
CACHE := $(shell test -w "$$HOME" || echo "UV_CACHE_DIR=$(abspath $(VENV))/cache")
UV := $(CACHE) UV_NO_PROGRESS=1 $(BIN)/uv
CODE := app benchmarks docs engines examples models schemas settings.py storage tasks tests
LOCK := --universal --generate-hashes --no-emit-index-url --quiet pyproject.toml

.DEFAULT_GOAL := help
.PHONY: help run serve test lint format bench docs lock system system-ocr clean

help: ## List the targets
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1 ~ \2/p' $(MAKEFILE_LIST) | awk -F' ~ ' '{printf "%-16s %s\n", $$1, $$2}'
	@echo '  Variables: DOCS=folder OUT=folder (run), TESTS="arguments of pytest" (test), PYTHON=program, VENV=folder'

run: $(RUNTIME) system-ocr ## Process DOCS (default: the examples) into OUT (default: out)
	@$(SHEAF) run "$(DOCS)" --out "$(OUT)"

serve: $(RUNTIME) system-ocr ## Run the whole service in the foreground
	@$(SHEAF) serve

test: $(DEVELOPMENT) system ## Run all tests
	$(BIN)/pytest -n 2 $(TESTS)

lint: $(DEVELOPMENT) ## Check style, types and the direction of imports
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(DEVELOPMENT) ## Bring the code into its usual form
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(DEVELOPMENT) system-ocr ## Measure quality and speed
	$(BIN)/python -m benchmarks.quality
	$(BIN)/python -m benchmarks.throughput

docs: $(DEVELOPMENT) ## Generate the pages on parameters and configuration
	$(BIN)/python docs/generate.py

lock: $(DEVELOPMENT) ## Resolve the dependencies anew
	$(UV) pip compile $(LOCK) --upgrade --all-extras --group dev -o requirements-dev.lock
	$(UV) pip compile $(LOCK) -c requirements-dev.lock -o requirements.lock

system: ## Install the system packages that tests and all features need (Debian, Ubuntu)
	@bin/system all

system-ocr:
	@bin/system ocr

clean: ## Remove what the other targets made
	rm -rf $(VENV) out build dist .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(BIN)/python:
	@test -n "$(PYTHON)" || { echo "Sheaf needs Python 3.11 or newer with venv; on Debian and Ubuntu: apt install python3-venv" >&2; exit 1; }
	@$(PYTHON) -m venv "$(VENV)"
	@$(BIN)/pip install --quiet --disable-pip-version-check uv || echo "uv is not to be had; pip does it, more slowly"

# install NAME.lock: what it lists, by hash, then Sheaf itself from this folder.
define install
	@if [ -x $(BIN)/uv ]; then \
		VIRTUAL_ENV="$(abspath $(VENV))" $(UV) pip install --quiet --compile-bytecode --require-hashes -r $(1) && \
		VIRTUAL_ENV="$(abspath $(VENV))" $(UV) pip install --quiet --no-deps --editable .; \
	else \
		$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r $(1) && \
		$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --editable .; \
	fi
	@touch $@
endef

$(RUNTIME): requirements.lock pyproject.toml $(BIN)/python
	@echo "Installing what Sheaf needs into $(VENV) ..."
	$(call install,requirements.lock)

$(DEVELOPMENT): requirements-dev.lock pyproject.toml $(BIN)/python
	@echo "Installing what tests and checks need into $(VENV) ..."
	$(call install,requirements-dev.lock)
	@touch $(RUNTIME)
