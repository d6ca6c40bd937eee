# A fresh machine needs Python 3.11+ and make. `make run` shows the product; `make test` proves it.
PYTHON ?= python3
VENV ?= .venv
DENIALS_HOME ?= denials-home
DEMO ?= demo
DEMO_CLAIMS ?= 12000
DEMO_MONTHS ?= 18
DEMO_SEED ?= 1
DEMO_START ?= 2024-01-01
# The demo practice's history ends on 2025-06-30; the service takes the day after for today.
DEMO_TODAY ?= 2025-07-01
HOST ?= 127.0.0.1
PORT ?= 8000
FUZZ_INPUTS ?= 1000000

export DENIALS_HOME
BIN := $(VENV)/bin
DENIALS := $(BIN)/denials
INSTALL = $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-input

.PHONY: run serve demo test lint check-format types walls bandit audit tests soak fuzz bench notebooks docs lock clean help

help:  ## List the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/'

# The demonstration holds simulated people alone, so that it asks nobody for a key; it answers this machine only.
run: demo  ## Make the environment, a simulated practice and its models (first time only), then serve on 127.0.0.1:8000
	DENIALS_TODAY=$(DEMO_TODAY) DENIALS_AUTHENTICATION=off $(DENIALS) serve --host $(HOST) --port $(PORT)

serve: $(VENV)/run.stamp  ## Serve what DENIALS_HOME holds
	$(DENIALS) serve --host $(HOST) --port $(PORT)

demo: $(DENIALS_HOME)/demo.stamp  ## Simulate a practice, ingest its files, train both models

$(DENIALS_HOME)/demo.stamp: | $(VENV)/run.stamp
	rm -rf $(DEMO)
	$(DENIALS) simulate --out $(DEMO) --claims $(DEMO_CLAIMS) --months $(DEMO_MONTHS) --seed $(DEMO_SEED) --start $(DEMO_START)
	$(DENIALS) ingest $(DEMO)
	$(DENIALS) train all
	touch $@

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "denials needs Python 3.11 or newer; set PYTHON=/path/to/python3.11"; exit 2; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/run.stamp: requirements/run.lock pyproject.toml | $(VENV)/bin/python
	$(INSTALL) --require-hashes -r requirements/run.lock
	$(INSTALL) --no-deps --no-build-isolation --editable .
	touch $@

$(VENV)/dev.stamp: requirements/dev.lock $(VENV)/run.stamp
	$(INSTALL) --require-hashes -r requirements/dev.lock
	touch $@

test: lint tests  ## Every check: ruff, mypy strict, import walls, pytest

lint: check-format types walls bandit audit

check-format: $(VENV)/dev.stamp
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/dev.stamp
	$(BIN)/mypy

walls: $(VENV)/dev.stamp
	$(BIN)/lint-imports

# ruff knows most of bandit's rules (S); bandit itself brings the rest, of medium severity and above.
bandit: $(VENV)/dev.stamp
	$(BIN)/bandit --quiet --recursive --severity-level medium claims features models training serving cli

# Never a silent pass: when the vulnerability service cannot be reached, it says "not checked" (and fails with AUDIT_STRICT=1).
audit: $(VENV)/dev.stamp  ## Look the locked packages up among known vulnerabilities (needs the network)
	@mkdir -p build; \
	if $(BIN)/pip-audit --strict --requirement requirements/run.lock --require-hashes --disable-pip --progress-spinner off --timeout 5 \
		>build/audit.txt 2>&1; then echo "audit: no known vulnerability in requirements/run.lock"; \
	elif grep -q "^Found [0-9]* known" build/audit.txt; then cat build/audit.txt; exit 1; \
	else echo "audit: NOT CHECKED, the vulnerability service did not answer ($$(tail -n 1 build/audit.txt | cut -c 1-120))"; \
		test -z "$(AUDIT_STRICT)"; fi

tests: $(VENV)/dev.stamp
	$(BIN)/python -m pytest -m "not slow" -n 2 --dist loadscope

soak: $(VENV)/dev.stamp  ## The slow proofs: many kills, big worlds, fuzzing
	$(BIN)/python -m pytest -m slow

fuzz: $(VENV)/dev.stamp  ## Throw FUZZ_INPUTS damaged files at every reader; figures land in benchmarks/results/fuzz.json
	$(BIN)/python -m benchmarks.fuzzing --inputs $(FUZZ_INPUTS) --keep

bench: $(VENV)/dev.stamp  ## Measure speed and quality; results land in benchmarks/results
	$(BIN)/python -m benchmarks

notebooks: $(VENV)/dev.stamp  ## Run the notebooks on DENIALS_HOME; copies with tables and plots land in build/notebooks
	mkdir -p build/notebooks
	cp notebooks/*.ipynb build/notebooks
	DENIALS_HOME=$(abspath $(DENIALS_HOME)) $(BIN)/jupyter execute --inplace --kernel_name=python3 build/notebooks/*.ipynb

docs: $(VENV)/docs.stamp  ## Build the documentation into build/site, strictly: a broken link fails
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --quiet

$(VENV)/docs.stamp: requirements/docs.lock | $(VENV)/run.stamp
	$(INSTALL) --require-hashes -r requirements/docs.lock
	touch $@

lock:  ## Pin the dependencies anew (needs uv)
	uv pip compile --quiet --custom-compile-command "make lock" --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
		pyproject.toml requirements/build.in -o requirements/run.lock
	uv pip compile --quiet --custom-compile-command "make lock" --universal --python-version 3.11 --generate-hashes --no-emit-index-url --extra dev \
		-c requirements/run.lock pyproject.toml requirements/build.in -o requirements/dev.lock
	uv pip compile --quiet --custom-compile-command "make lock" --universal --python-version 3.11 --generate-hashes --no-emit-index-url --extra docs \
		-c requirements/run.lock -c requirements/dev.lock pyproject.toml requirements/build.in -o requirements/docs.lock

clean:  ## Remove the environment, the demo and its home
	rm -rf $(VENV) $(DEMO) $(DENIALS_HOME)
