# Everything a person does here. Needs Python 3.11 with venv, and make; sets up the rest itself.
VENV ?= .venv
PYTHON ?= $(shell command -v python3.11 || command -v python3)
BIN = $(VENV)/bin
# One stamp for each state of the locks: whatever changes them brings the environment in step.
READY = $(VENV)/.ready-$(shell cat requirements.lock | cksum | cut -d' ' -f1)
DEV_READY = $(VENV)/.ready-dev-$(shell cat requirements-dev.lock | cksum | cut -d' ' -f1)
INSTALL = $(BIN)/python -m pip --disable-pip-version-check install --quiet
PYTEST = $(BIN)/python -m pytest

# What is compiled once is read by every process that the tests start.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: run test check bench torture lock clean
.DELETE_ON_ERROR:

run: $(READY)
	@exec $(BIN)/firstline up

test: $(DEV_READY)
	rm -f .coverage .coverage.*
	$(PYTEST) -n 2 --dist loadfile --no-loadscope-reorder --cov --cov-report=
	$(BIN)/coverage report --fail-under=90
	$(BIN)/coverage report --include='desk/*' --fail-under=100

check: $(DEV_READY)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m activities.check
	$(BIN)/python -m store.check
	$(BIN)/python -m api.openapi --check
	$(BIN)/python -m audit.gate
	$(PYTEST) -q tests/test_house.py

bench: $(DEV_READY)
	$(BIN)/python -m bench

torture: $(DEV_READY)
	$(BIN)/python -m tests.torture

# The lock names no index and no machine: hashes say what may be installed, not where from.
COMPILE = CUSTOM_COMPILE_COMMAND='make lock' $(BIN)/pip-compile --quiet --generate-hashes \
	--allow-unsafe --strip-extras --no-emit-index-url --no-emit-options \
	--build-deps-for editable
lock: $(DEV_READY)
	$(COMPILE) --output-file requirements.lock pyproject.toml
	$(COMPILE) --extra dev --constraint requirements.lock \
		--output-file requirements-dev.lock pyproject.toml

# The environment and the caches; never var/, where the tickets are.
clean:
	rm -rf $(VENV) build dist *.egg-info .coverage .coverage.* .hypothesis
	rm -rf .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(READY): LOCK = requirements.lock
$(DEV_READY): LOCK = requirements-dev.lock
$(READY) $(DEV_READY):
	@echo "Setting up $(VENV) from $(LOCK) ..."
	@$(BIN)/python -m pip --version >/dev/null 2>&1 || $(PYTHON) -m venv --clear $(VENV)
	@$(INSTALL) --require-hashes --requirement $(LOCK)
	@$(INSTALL) --no-deps --no-build-isolation --editable .
	@touch $@
