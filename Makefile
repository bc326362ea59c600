# Everything from a fresh machine with Python >= 3.11 and make. `make` alone lists the targets.

VENV ?= .venv
DOCS ?= examples/documents
OUT ?= out
TESTS ?=
CHAOS ?=
SOAK ?=
# The newest of those that the lock files are tried with, pyenv's included: its shims answer only for those switched on.
PYTHON ?= $(shell for p in python3.13 "$${PYENV_ROOT:-$$HOME/.pyenv}"/versions/3.13*/bin/python python3.12 python3.11 python3 python; do \
	"$$p" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo "$$p" && break; done)

BIN := $(VENV)/bin
SHEAF := $(BIN)/sheaf
RUNTIME := $(VENV)/.runtime
DEVELOPMENT := $(VENV)/.development
# Where it is set, each of the hundreds of processes that tests start would compile all it imports.
unexport PYTHONDONTWRITEBYTECODE
# A home directory may be missing or read-only; then downloads are cached beside what they are for.
CACHE := $(shell test -w "$$HOME" || echo "UV_CACHE_DIR=$(abspath $(VENV))/cache")
UV := $(CACHE) UV_NO_PROGRESS=1 UV_SYSTEM_CERTS=1 VIRTUAL_ENV="$(abspath $(VENV))" $(BIN)/uv
PIP := $(BIN)/python -m pip --quiet --disable-pip-version-check
LOCK := --python-version 3.11 --universal --generate-hashes --no-emit-index-url --quiet pyproject.toml

.DEFAULT_GOAL := help
.PHONY: help run serve test test-quick test-clients test-newest lint format bench chaos soak docs lock system system-languages system-ocr clean

help: ## List the targets
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1 ~ \2/p' $(MAKEFILE_LIST) | awk -F' ~ ' '{printf "%-19s %s\n", $$1, $$2}'
	@echo '  Variables: DOCS=folder OUT=folder (run), TESTS="arguments of pytest" (test), CHAOS="arguments" (chaos), SOAK="arguments" (soak), PYTHON=program, VENV=folder'

run: $(RUNTIME) system-ocr ## Process DOCS (default: the examples) into OUT (default: out)
	@$(SHEAF) run "$(DOCS)" --out "$(OUT)"

serve: $(RUNTIME) system-ocr ## Run the whole service in the foreground
	@$(SHEAF) serve

test: $(DEVELOPMENT) system ## Run all tests, and say how much of the code they run
	$(BIN)/pytest -n 4 $(or $(TESTS),--cov)

test-quick: $(DEVELOPMENT) ## Run the tests that start nothing and need no system package
	$(BIN)/pytest -n 2 -m quick $(TESTS)

test-clients: $(DEVELOPMENT) system ## Run the versions of the clients that `make test` leaves out, and the SDKs' own tests
	$(BIN)/pytest -n 2 -m clients $(TESTS)

test-newest: $(DEVELOPMENT) system ## Run the newest versions of the clients that their registries have
	$(BIN)/pytest -n 2 -m newest $(TESTS)

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
	$(BIN)/python -m benchmarks.recall
	$(BIN)/python -m benchmarks.scripts
	$(BIN)/python -m benchmarks.office
	$(BIN)/python -m benchmarks.chunks
	$(BIN)/python -m benchmarks.engine
	$(BIN)/python -m benchmarks.throughput
	$(BIN)/python -m benchmarks.uploads
	$(BIN)/python -m benchmarks.cancel

chaos: $(DEVELOPMENT) system ## Break things in the middle of jobs and count what is lost (under an hour)
	PYTHONPATH=tests $(BIN)/python -m chaos $(CHAOS)

soak: $(DEVELOPMENT) system ## Process 20,000 small documents and see that memory stays flat
	PYTHONPATH=tests $(BIN)/python -m chaos.soak $(SOAK)

docs: $(DEVELOPMENT) ## Generate the pages on parameters, configuration and error codes
	$(BIN)/python docs/generate.py

lock: $(DEVELOPMENT) ## Resolve the dependencies anew
	$(UV) pip compile $(LOCK) --upgrade --all-extras --group dev -o requirements-dev.lock
	$(UV) pip compile $(LOCK) -c requirements-dev.lock -o requirements.lock

system: ## Install the system packages that tests and all features need (Debian, Ubuntu)
	@bin/system all

system-languages: ## Install Tesseract's data of all 86 languages: 129 MB to download, 316 MB on disk
	@bin/system languages

system-ocr:
	@bin/system ocr

clean: ## Remove what the other targets made
	rm -rf $(VENV) out build dist .coverage .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(BIN)/python:
	@test -n "$(PYTHON)" || { echo "Sheaf needs Python 3.11 or newer with venv; on Debian and Ubuntu: apt install python3-venv" >&2; exit 1; }
	@$(PYTHON) -m venv "$(VENV)"
	@$(PIP) install uv || true

# install NAME.lock: what it lists, by hash, then Sheaf itself from this folder; by pip where uv cannot.
define install
	@{ $(UV) pip install --quiet --compile-bytecode --require-hashes -r $(1) \
		&& $(UV) pip install --quiet --no-deps --editable .; } \
	|| { echo "uv could not do it; pip does, more slowly" >&2; \
		$(PIP) install --require-hashes -r $(1) && $(PIP) install --no-deps --editable .; }
	@touch $@
endef

$(RUNTIME): requirements.lock pyproject.toml $(BIN)/python
	@echo "Installing what Sheaf needs into $(VENV) ..."
	$(call install,requirements.lock)

$(DEVELOPMENT): requirements-dev.lock pyproject.toml $(BIN)/python
	@echo "Installing what tests and checks need into $(VENV) ..."
	$(call install,requirements-dev.lock)
	@touch $(RUNTIME)
