# Two commands: `make run` and `make test`. Both install what they need into .venv first.
# uv is used if it is there (exact versions of uv.lock); else a venv and pip (the ranges of pyproject.toml).

PYTHON ?= python3
UV := $(shell command -v uv 2>/dev/null)
BIN := .venv/bin
DATA ?= warehouse/data
DAY ?= 2026-03-02

.PHONY: help run test test-long check fix docs reference wheel compare golden install clean

help: ## What there is
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1\t/'

run: install ## A whole night over the bundled newsroom (DAY=2026-03-03: its second day)
	$(BIN)/nightdesk run --sample --day $(DAY) --data $(DATA)

# By file, in order: what a file sets up is made once. (Marks for groups have no effect: xdist 3.8 sets a name that pytest 9.2 does not read.)
# Four processes for two cores: many tests wait for a server, a timer or a process of their own.
PYTEST := $(BIN)/pytest -n 4 --dist loadfile --no-loadscope-reorder

test: install ## Every check, and every test but the long ones, within ten minutes
	$(MAKE) check
	$(PYTEST) -m "not long"

test-long: install ## The tests that `make test` leaves out: more of a kind that it has
	$(PYTEST) -m long

check: install docs ## Lint, types, import contracts, lock file, documentation: changes nothing
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache
ifdef UV
	uv lock --check
endif

fix: install ## Lint and format in place
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

docs: install ## The documentation as a site in docs/_build; a broken link or anchor fails
	$(BIN)/sphinx-build --quiet --fresh-env --write-all --fail-on-warning --nitpicky docs docs/_build

reference: install ## Write what the documentation says of columns, options, keys, rules and licences anew from the code
	$(BIN)/python docs/reference.py

wheel: install ## Build wheel and sdist, install the wheel without development tools, and try it: minutes, needs the network
	$(BIN)/python .ci/wheel.py

compare: install ## Beside its peers (benchmarks/README.md): docs/measured.md anew
	$(BIN)/python benchmarks/compare.py

golden: install ## Write the golden pages' expected rows anew (PAGES="name name": only these); read the difference before you keep it
	$(BIN)/python tests/golden/regenerate.py $(PAGES)

install: .venv/.installed

.venv/.installed: pyproject.toml uv.lock
ifdef UV
	uv sync --quiet --frozen
else
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --upgrade 'pip>=25.1'
	$(BIN)/pip install --quiet --editable . --group dev
endif
	@touch $@

clean: ## Remove what was installed (never a warehouse: raw pages cannot be fetched again)
	rm -rf .venv
