# The verbs of the project; CI runs the same ones.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.DEFAULT_GOAL := help
.PHONY: help run test bench night day soak faults detect lint format laws mutants versions contract dictionary boards pictures lock clean

help: ## show the verbs
	@grep -E '^[a-z]+:.*##' Makefile | sed -E 's/^([a-z]+):.*## (.*)/  make \1\t\2/' | expand -t 20

$(VENV)/.made: requirements/dev.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed, this is %s; try: make PYTHON=python3.12" % sys.version.split()[0] if sys.version_info < (3, 11) else 0)'
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { echo 'Python has no venv: install it first (Debian, Ubuntu: apt-get install python3-venv)' >&2; exit 1; }
	@$(BIN)/python -m pip --version >/dev/null 2>&1 || $(PYTHON) -m venv $(VENV) # also where one was stopped halfway
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.txt || { echo 'the packages could not be fetched: connect to the network, or name a mirror (PIP_INDEX_URL=...), then run the same again' >&2; exit 1; }
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

run: $(VENV)/.made ## everything on this machine, with a simulated county; prints the address to open
	@$(BIN)/sizao run $(ARGS)

test: $(VENV)/.made ## the whole test suite; what this machine lacks is skipped with its reason
	$(BIN)/python -m pytest -n 4 --dist loadgroup --no-loadscope-reorder -q $(ARGS) # more than cores: many wait; whole groups first would end late

detect: $(VENV)/.made ## judge recorded checks: FILE=events.jsonl [UNTIL=time]
	@$(BIN)/sizao detect $(if $(UNTIL),--until $(UNTIL)) '$(or $(FILE),docs/example.jsonl)'

lint: $(VENV)/.made ## style, types and the direction of imports
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(VENV)/.made ## mend the style
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(VENV)/.made ## how fast, on real services (SIZAO_TEST_KAFKA, SIZAO_TEST_DATABASE_URL, or ../shared/services); FULL=1, ONLY=cost|pages|...
ifeq ($(ONLY),cost)
	@$(BIN)/python -m tests.bench --only cost
else
	@SIZAO_TEST_DATABASE_URL=$${SIZAO_TEST_DATABASE_URL:-$$(../shared/services/timescale up)} \
	 SIZAO_TEST_KAFKA=$${SIZAO_TEST_KAFKA:-$$(../shared/services/kafka up)} \
	 $(BIN)/python -m tests.bench $(if $(FULL),--full) $(if $(ONLY),--only $(ONLY))
endif

night: $(VENV)/.made ## the story of one night in docs/pictures, taken anew in a real Chromium
	@mkdir -p docs/pictures
	SIZAO_PICTURES=docs/pictures $(BIN)/python -m pytest -q tests/acceptance/test_night_in_pictures.py

day: $(VENV)/.made ## the dispatch, its editions and its pages in docs/pictures, taken anew in a real Chromium
	@mkdir -p docs/pictures
	SIZAO_PICTURES=docs/pictures $(BIN)/python -m pytest -q tests/acceptance/test_dispatch_in_pictures.py

soak: $(VENV)/.made ## every fault alone and long, on services of its own: [ONLY=kill-worker] [SECONDS=120]
	$(BIN)/python -m tests.faults.soak $(if $(ONLY),--only $(ONLY)) $(if $(SECONDS),--seconds $(SECONDS))

faults: $(VENV)/.made ## the storm of faults, three brokers, an older database: by themselves, on real services
	@$(BIN)/python -m pytest -q -s tests/faults

laws: $(VENV)/.made ## try the laws on N=2000 more random histories
	$(BIN)/python -m tests.laws.soak $(or $(N),2000) $(or $(FIRST),100000)

mutants: $(VENV)/.made ## each number of the rules and of NEWS2 a step up and down: a golden story must notice (RULES="D01 NEWS2")
	@$(BIN)/python -m tests.mutations.parameters $(RULES)

versions: $(VENV)/.made ## write down which text the version of the shipped rules names
	@$(BIN)/python -m tests.support.rule_versions

contract: $(VENV)/.made ## write the generated schemas and documents of the wire contract
	$(BIN)/python -m ingest.schemas

dictionary: $(VENV)/.made ## write the data dictionary from the table of figures
	$(BIN)/python -m dashboards.rollup.document docs

boards: $(VENV)/.made ## write the boards of Grafana
	$(BIN)/python -m dashboards.grafana.boards

pictures: $(VENV)/.made ## draw each board into docs/pictures (needs Node with npm, Chromium, Prometheus; no Grafana): [BOARDS="regions quality"]
	@SIZAO_TEST_DATABASE_URL=$${SIZAO_TEST_DATABASE_URL:-$$(../shared/services/timescale up)} \
	 $(BIN)/python -m tests.pictures $(BOARDS)

lock: $(VENV)/.made ## resolve the dependencies anew
	$(BIN)/python -m pip install --quiet uv
	$(BIN)/uv pip compile pyproject.toml --group dev --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header -q -o requirements/dev.txt
	$(BIN)/uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header -q -c requirements/dev.txt -o requirements/run.txt

clean: ## remove what was made here
	rm -rf $(VENV) build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
