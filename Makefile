# Every target sets up what it needs from nothing but Python 3.11 or newer: `make demo` and `make test` are enough.
PYTHON ?= python3
VENV ?= .venv
RUN := $(VENV)/bin/python
JOBS ?= 2
TORCH ?= torch>=2.5,<2.14
VERSIONS := 3.11 3.12 3.13

export NUMBA_CACHE_DIR := $(CURDIR)/.cache/numba
export ZYGOTE_NB_CACHE_DIR := $(CURDIR)/.cache/zygote_nb
export PIP_DISABLE_PIP_VERSION_CHECK := 1
# Tests and benchmarks start processes, each of which would compile the package's sources again.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help demo test test-full test-all bench bench-all docs fuzz lint lab clean
.DELETE_ON_ERROR:

help:
	@echo "make demo       train a classifier on handwritten digits, gradients by zygote_nb"
	@echo "make test       the tests: everything interpreted, a sample compiled"
	@echo "make test-full  the whole matrix of tests, interpreted and compiled"
	@echo "make test-all   the tests on every Python of $(VERSIONS) that is found"
	@echo "make bench      gradient time over primal time, and over adjoints written by hand"
	@echo "make bench-all  the same, and over other systems, in an environment of their own"
	@echo "make docs       the documentation, into docs/_build/html"
	@echo "make fuzz       random programs until interrupted"
	@echo "make lint       ruff and mypy"
	@echo "make lab        JupyterLab on notebooks/"
	@echo "make clean      remove what these targets made"

demo: $(VENV)/.ready-demo
	$(RUN) -m zygote_nb

test: $(VENV)/.ready-test
	$(RUN) -m pytest -q -n $(JOBS)

test-full: $(VENV)/.ready-test
	ZYGOTE_NB_FULL=1 $(RUN) -m pytest -q -n $(JOBS)

test-all: $(VERSIONS:%=test-on-%)

test-on-%:
	@python=$$(sh .ci/find-python $*) || exit 0; \
	echo "Python $*: $$python"; \
	$(MAKE) --no-print-directory test VENV=.venv-$* PYTHON="$$python"

bench: $(VENV)/.ready-bench
	$(RUN) -m benchmarks
	$(RUN) -m benchmarks functions

bench-all:
	$(MAKE) --no-print-directory .venv-peers/.ready-peers VENV=.venv-peers
	.venv-peers/bin/python .ci/install-torch "$(TORCH)"
	.venv-peers/bin/python -m benchmarks
	.venv-peers/bin/python -m benchmarks functions

docs: $(VENV)/.ready-docs
	$(RUN) -m sphinx -W --keep-going -q -b html docs docs/_build/html
	@echo "docs/_build/html/index.html"

fuzz: $(VENV)/.ready-test
	$(RUN) -m tests.fuzz $(FUZZ)

lint: $(VENV)/.ready-test
	$(RUN) -m ruff check .
	$(RUN) -m ruff format --check .
	$(RUN) -m mypy

lab: $(VENV)/.ready-lab
	$(VENV)/bin/jupyter lab notebooks/

clean:
	rm -rf .venv .venv-* .cache docs/_build

# One stamp for each extra, renewed when pyproject.toml changes.
$(VENV)/.ready-%: pyproject.toml | $(VENV)/.created
	$(RUN) -m pip install --quiet -e '.[$*]'
	@touch $@

$(VENV)/.created:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "zygote_nb needs Python 3.11 or newer: make PYTHON=/path/to/python3.11"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	@touch $@
