# `make train`, `make test` and `make docs` install all they need; only Python 3.11 or newer is required.

ifeq ($(OS),Windows_NT)
PYTHON ?= python
BIN := .venv/Scripts
else
PYTHON ?= python3
BIN := .venv/bin
endif

SHEET := labels/csto.csv

.PHONY: train test quick thorough lint docs links clean

train: .venv/installed
	$(BIN)/stance collect seeds -o $(SHEET)
	$(BIN)/stance train $(SHEET)
	$(BIN)/stance predict --text "We should leave the CSTO, it protects nobody." --explain 3

test: .venv/installed-dev lint
	$(BIN)/python -m pytest -n 2 --dist worksteal -m "not benchmark"

# Neither processes nor trainings: what to run before each commit.
quick: .venv/installed-dev
	$(BIN)/python -m pytest -n 2 --dist worksteal -m "not slow and not benchmark" tests

# Twenty times as many random examples, and benchmarks at length: about an hour.
thorough: export STANCE_THOROUGH_TESTS = 1
thorough: .venv/installed-dev
	$(BIN)/python -m pytest -n 2 --dist worksteal

lint: .venv/installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

docs: .venv/installed-docs
	$(BIN)/python -m sphinx -W --keep-going -n -q docs docs/_build/html
	@$(BIN)/python -c "print('open docs/_build/html/index.html')"

# Needs the internet: asks every server that a page links to.
links: .venv/installed-docs
	$(BIN)/python -m sphinx -W --keep-going -n -b linkcheck docs docs/_build/links

.venv/installed: pyproject.toml constraints.txt
	$(PYTHON) -c "import sys; sys.exit(None if sys.version_info >= (3, 11) else 'stance needs Python 3.11 or newer: make PYTHON=python3.11 ...')"
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e .
	$(BIN)/python -c "open('$@', 'w').close()"

.venv/installed-dev: .venv/installed
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e ".[dev]"
	$(BIN)/python -c "open('$@', 'w').close()"

.venv/installed-docs: .venv/installed
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e ".[docs]"
	$(BIN)/python -c "open('$@', 'w').close()"

clean:
	$(PYTHON) -c "import shutil; [shutil.rmtree(path, ignore_errors=True) for path in ('.venv', 'models', 'docs/_build')]"
