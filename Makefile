# PACT. `make demo` and `make test` do all their own set-up; `make help` lists the rest.
SHELL := /bin/bash
.DEFAULT_GOAL := help

PYTHON ?= $(shell for p in python3.13 python3.12 python3.11 python3; do \
	command -v $$p >/dev/null && $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
	&& { command -v $$p; break; }; done)
VENV := .venv
BIN := $(VENV)/bin
MANAGE := $(BIN)/python manage.py
SERVE ?= 1
PORT ?= 8000
# One more than cores: a tenth of the time a test waits for its browser or a server.
JOBS ?= $(shell n=$$(nproc 2>/dev/null || echo 2); echo $$(( (n > 4 ? 4 : n) + 1 )))
PYTEST_ARGS ?=
BENCH_ARGS ?= --growth
FUZZ_EXAMPLES ?= 300

.PHONY: help pictures fuzz house-style setup setup-dev setup-browser demo serve test test-fast test-docs test-walks test-simulations test-services test-faults test-vllm check audit format lock bench bench-load bench-soak bench-vllm clean

help:  ## this list
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 18

$(VENV)/bin/python:
	@test -n "$(PYTHON)" || { echo "PACT needs Python 3.11 or newer; none was found. Install it, or say PYTHON=/path/to/python3."; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); \
		echo "This Python cannot make virtual environments (on Debian: apt-get install python3-venv)."; exit 1; }

# uv is used where present because it is faster; plain pip works from the same lock.
define install
	@echo "Installing $(1) (a minute or two the first time)"
	@if command -v uv >/dev/null; then \
		uv pip install -q --python $(BIN)/python --compile-bytecode --require-hashes -r $(1); \
	else \
		$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r $(1); \
	fi
endef

$(VENV)/.runtime: requirements.txt | $(VENV)/bin/python
	$(call install,requirements.txt)
	@touch $@

$(VENV)/.dev: requirements-dev.txt | $(VENV)/bin/python
	$(call install,requirements-dev.txt)
	@touch $@ $(VENV)/.runtime

setup: $(VENV)/.runtime  ## virtual environment and the chart bundle
	@$(MANAGE) build_vega

setup-dev: $(VENV)/.dev  ## the same with what tests and checks need
	@$(MANAGE) build_vega

setup-browser:  ## Chromium and the fonts and libraries for PDF, from Debian's packages
	@.ci/install-system-packages

demo: setup  ## from nothing to an open alignment report (SERVE=0 stops before serving)
	@$(MANAGE) demo --port $(PORT) $(if $(filter 0,$(SERVE)),--no-serve)

serve: setup  ## web server and worker on PORT
	@$(MANAGE) migrate --verbosity 0
	@$(MANAGE) serve --port $(PORT)

test: setup-dev setup-browser  ## unit, database and browser tests
	@$(BIN)/pytest -n $(JOBS) --dist loadfile $(PYTEST_ARGS)

test-fast: setup-dev  ## no browser, nothing slow
	@$(BIN)/pytest -n $(JOBS) --dist loadfile -m "not e2e and not slow" $(PYTEST_ARGS)

# Tests are rewritten before they run: kept, that is done once and not in every worker of every run.
test test-fast test-docs test-walks test-simulations test-services test-faults: export PYTHONDONTWRITEBYTECODE :=

test-docs: export PACT_TEST_DOCS = 1
test-docs: setup-dev  ## every command and all code on the pages of README and docs, and the whole demo
	@$(BIN)/pytest tests/docs -m docs -n $(JOBS) --dist worksteal $(PYTEST_ARGS)

# What only a look at everything can tell; `make test` looks at each part as it is used.
test-walks: export PACT_TEST_WALKS = 1
test-walks: setup-dev setup-browser  ## every page in every look and by every role, every operation of the API, every figure of a report
	@$(BIN)/pytest -m walks -n $(JOBS) --dist worksteal $(PYTEST_ARGS)

# They tell about formulas, of each of which `make test` has a value by hand or from elsewhere.
test-simulations: export PACT_TEST_SIMULATIONS = 1
test-simulations: setup-dev  ## how often intervals hold the truth, over hundreds of simulated studies
	@$(BIN)/pytest tests/analysis/metrics -m simulations -n $(JOBS) --dist worksteal $(PYTEST_ARGS)

# Addresses of the services that CI promises; override them to use others.
test-services: export DATABASE_URL ?= postgres://postgres@127.0.0.1:5432/postgres
test-services: export REDIS_URL ?= redis://127.0.0.1:6379/0
test-services: export PACT_BROKER_URL ?= amqp://guest:guest@127.0.0.1:5672//
test-services: export PACT_TEST_SERVICES = 1
test-services: export PACT_TEST_WALKS = 1
test-services: setup-dev  ## the suite against PostgreSQL, Redis and RabbitMQ
	@$(BIN)/pytest -n $(JOBS) --dist loadfile -m "not e2e and not slow" $(PYTEST_ARGS)

# It starts a PostgreSQL, a Redis and a RabbitMQ of its own and kills them; what runs here stays.
test-faults: export PACT_TEST_FAULTS = 1
test-faults: setup-dev  ## servers, workers, database, brokers, lines and disk go away in the middle of things
	@$(BIN)/pytest tests/faults -n $(JOBS) --dist load $(PYTEST_ARGS)

# vLLM lives in an environment of its own. PyTorch comes first and by itself: its CPU build has a
# version of its own, and what vLLM names beside it (pictures, sound, video) is not needed.
VLLM_VENV := .venv-vllm
VLLM_TORCH ?= torch==2.13.0

$(VLLM_VENV)/.ready: requirements-vllm.txt
	@test -n "$(PYTHON)" || { echo "vLLM needs Python 3.11 or newer; none was found."; exit 1; }
	@test -x $(VLLM_VENV)/bin/python || $(PYTHON) -m venv $(VLLM_VENV)
	@echo "Installing $(VLLM_TORCH) and requirements-vllm.txt (about 3.5 GB)"
	@$(VLLM_VENV)/bin/python -m pip install -q --disable-pip-version-check $(VLLM_TORCH)
	@$(VLLM_VENV)/bin/python -m pip install -q --disable-pip-version-check --no-deps --require-hashes -r requirements-vllm.txt
	@touch $@

test-vllm: export PACT_TEST_VLLM = $(CURDIR)/$(VLLM_VENV)/bin/python
test-vllm: setup-dev $(VLLM_VENV)/.ready  ## endpoints and a worker against a real vLLM on the CPU (opt-in)
	@$(BIN)/pytest tests/vllm $(PYTEST_ARGS)
	@$(VLLM_VENV)/bin/python -m pytest --ds pact_site.light_settings tests/vllm/offline $(PYTEST_ARGS)

check: setup-dev  ## format, lint, types, arrows, migrations, settings
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy pact_site annotation survey modeling analysis docs/pictures.py
	$(BIN)/lint-imports --no-logo
	$(MANAGE) makemigrations --check --dry-run
	PACT_PRODUCTION=1 PACT_SECRET_KEY=$$($(BIN)/python -c 'import secrets; print(secrets.token_urlsafe(60))') \
		$(MANAGE) check --deploy --fail-level WARNING

# Strict: where the database of vulnerabilities cannot be asked, that is a failure and no clean bill.
audit: setup-dev  ## known vulnerabilities in the locked dependencies (asks the registry's database)
	$(BIN)/pip-audit --strict --disable-pip --require-hashes -r requirements.txt
	$(BIN)/pip-audit --strict --disable-pip --require-hashes -r requirements-s3.txt

format: setup-dev  ## rewrite files in the house's format
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

lock:  ## renew the locks (needs uv)
	uv pip compile -q --no-header --universal --generate-hashes --python-version 3.11 pyproject.toml -o requirements.txt
	uv pip compile -q --no-header --universal --generate-hashes --python-version 3.11 pyproject.toml --extra s3 -c requirements.txt -o requirements-s3.txt
	uv pip compile -q --no-header --universal --generate-hashes --python-version 3.11 pyproject.toml --group dev -o requirements-dev.txt
	uv pip compile -q --no-header --generate-hashes --python-version 3.11 --group worker --override tests/vllm/without.txt tests/vllm/vllm.in -o requirements-vllm.txt
	uv pip compile -q --no-header --generate-hashes --python-version 3.11 --python-platform x86_64-manylinux_2_28 --group worker tests/vllm/gpu.in -o requirements-vllm-gpu.txt

bench: setup-dev  ## measure, and print all figures as a table (BENCH_ARGS=--quick to try it)
	@$(BIN)/python bench/all.py $(BENCH_ARGS)

bench-load: setup-dev  ## 500 people within a minute, a run and reports beside them (PostgreSQL at DATABASE_URL)
	$(BIN)/python bench/load.py

bench-soak: setup-dev  ## a day of a study in 15 minutes: memory of every process (PostgreSQL at DATABASE_URL)
	$(BIN)/python bench/soak.py

bench-vllm: setup-dev $(VLLM_VENV)/.ready  ## vLLM by HTTP and inside the process, beside its own benchmarks
	$(BIN)/python bench/vllm_speed.py

house-style: setup-dev  ## lengths and complexity of our functions and modules, and the outliers
	@$(BIN)/python bench/house_style.py

pictures: setup-dev setup-browser  ## the demo's pages as pictures: every page (var/sheet), and those of docs
	@$(MANAGE) demo --no-serve
	@$(BIN)/python docs/pictures.py docs
	@$(BIN)/python docs/pictures.py sheet

fuzz: setup-dev  ## more and other requests at the REST interface (FUZZ_EXAMPLES an operation)
	@PACT_TEST_WALKS=1 PACT_FUZZ_EXAMPLES=$(FUZZ_EXAMPLES) $(BIN)/pytest tests/pact_site/test_rest_fuzz.py -n $(JOBS) $(PYTEST_ARGS)

clean:  ## remove what was built; PACT_HOME stays
	rm -rf $(VENV) $(VLLM_VENV) .mypy_cache .ruff_cache .pytest_cache .import_linter_cache pact_site/static/vendor
