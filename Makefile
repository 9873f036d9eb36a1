# Two commands do all the set-up: `make demo` and `make test`. They need Python 3.11 to 3.14 and nothing else.
PYTHON ?= $(shell for p in python3.14 python3.13 python3.12 python3.11 python3; do command -v $$p >/dev/null 2>&1 && $$p -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 14))' 2>/dev/null && echo $$p && break; done)
VENV := .venv
BIN := $(VENV)/bin
JOBS ?= auto

.PHONY: demo test check format samples docs benchmark clean

demo: $(VENV)/ready  ## examine the shipped samples and print the reports
	$(BIN)/python samples/demo.py

test: $(VENV)/ready-dev  ## pass the tests
	$(BIN)/python -m pytest -n $(JOBS)

check: $(VENV)/ready-dev  ## format, lint, types, import contracts
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(VENV)/ready-dev
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

samples: $(VENV)/ready-dev  ## rebuild samples/ (needs system packages, see samples/README.md)
	$(BIN)/python -m tests.builders.samples

docs: $(VENV)/ready-dev  ## write the indexes of the program and the generated pages of docs/ anew
	$(BIN)/python -m tools.index
	$(BIN)/python -m tools.documentation

benchmark: $(VENV)/ready-dev
	$(BIN)/python -m benchmarks.run

# A stock Debian or Ubuntu may have Python without `venv` (package python3-venv) or without pip: both are helped here.
$(VENV)/bin/python:
	@test -n "$(PYTHON)" || { echo "Python 3.11, 3.12, 3.13 or 3.14 is needed (command python3)." >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV) 2>/dev/null || $(PYTHON) -m venv --without-pip $(VENV)
	@$(BIN)/python -m pip --version >/dev/null 2>&1 || $(PYTHON) -m pip --python $(BIN)/python install --quiet pip || \
	  { rm -rf $(VENV); echo "Python here has neither venv nor pip; on Debian or Ubuntu: apt install python3-venv" >&2; exit 1; }

$(VENV)/ready: $(VENV)/bin/python pyproject.toml requirements.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --editable .
	@touch $@

$(VENV)/ready-dev: $(VENV)/ready requirements-dev.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	@touch $@

clean:
	rm -rf $(VENV) build dist *.egg-info .mypy_cache .ruff_cache .hypothesis
