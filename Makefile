# The handles of this repository. `make` alone lists them.
SHELL := /bin/bash
.DEFAULT_GOAL := help

BIN := .venv/bin
# What is added to pytest's own options: make test PYTEST="-k verdict -x"
PYTEST ?=
# How far `make sweep` goes; nothing tries every number, which takes hours: SWEEP="--screen 3"
SWEEP ?=
# What `make bench` measures: make bench NAME=sis
NAME ?=
# Where `make demo` writes its page.
OUT ?= rimland-demo

.PHONY: help env test lint format web docs claims sweep fits bench soak demo lock clean

help: ## list what can be made
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

env: .venv/made-test ## make .venv, with the package and what its tests need

.venv/made-%: pyproject.toml tools/constraints.txt tools/environment.sh
	@bash tools/environment.sh $*

test: .venv/made-test ## run every test; says at its end what it could not run, and why
	@bash tools/browser.sh
	@$(BIN)/python -m pytest $(PYTEST)

lint: .venv/made-test ## ruff, mypy and the import rule; no file is changed
	@bash tools/lint.sh

format: .venv/made-test ## put the sources into the house's format
	@$(BIN)/ruff check --fix-only --quiet .
	@$(BIN)/ruff format .

web: ## rebuild the front end into src/rimland/pages/dist (needs Node)
	@bash tools/web.sh

docs: .venv/made-test ## write the pages of docs that are made: commands, words, claims
	@$(BIN)/python tools/cli_docs.py --write
	@$(BIN)/python tools/made_docs.py --write

claims: .venv/made-test ## judge the scenario that ships anew and write docs/claims.md
	@$(BIN)/python tools/made_docs.py --judge

sweep: .venv/made-test ## perturb every judged number, rewrite docs/sweep.md: make sweep SWEEP="--screen 3"
	@$(BIN)/python tools/sweep_page.py $(SWEEP)

fits: .venv/made-test ## fit the shipped hazards anew from the data: make fits NAME=treaties.ending
	@$(BIN)/python -m rimland.hazards $(NAME)

bench: .venv/made-bench ## measure one thing against its peers: make bench NAME=sis
	@test -n "$(NAME)" || { echo "Say what to measure, for example: make bench NAME=sis"; exit 2; }
	@$(BIN)/python benchmarks/run.py $(NAME)

soak: .venv/made-test ## run the engine for 15 minutes and look for drift and growing memory
	@$(BIN)/python benchmarks/soak.py --minutes 15

demo: .venv/made-test ## run the shipped assessment and write its page
	@$(BIN)/rimland demo --no-open --out $(OUT)

lock: ## choose the versions that the tests run with anew (tools/constraints.txt)
	@bash tools/lock.sh

clean: ## remove what was made here: the environment, caches, builds
	@rm -rf .venv build *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis \
	  .import_linter_cache web/node_modules $(OUT)
	@find src tests tools benchmarks -name __pycache__ -type d -prune -exec rm -rf {} + 2>/dev/null || true
