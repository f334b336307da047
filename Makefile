# One-line targets; `make help` lists them. Nothing but Python >= 3.11, make and a package registry is needed.
VENV ?= .venv
BIN := $(VENV)/bin
PY ?= python3

.DEFAULT_GOAL := help
.PHONY: help install run test test-long lint bench docs screenshots clean

help: ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 14

install: $(BIN)/.run ## the product in a virtual environment

$(BIN)/.run: requirements/run.txt pyproject.toml
	$(PY) -m venv $(VENV)
	$(BIN)/python -m pip install -q --disable-pip-version-check -r requirements/run.txt
	$(BIN)/python -m pip install -q --disable-pip-version-check --no-deps -e .
	@touch $@

$(BIN)/.dev: $(BIN)/.run requirements/dev.txt
	$(BIN)/python -m pip install -q --disable-pip-version-check -r requirements/dev.txt
	@touch $@

run: $(BIN)/.run ## install and start the demo on http://127.0.0.1:8000
	$(BIN)/builder demo

test: $(BIN)/.dev ## install what tests need (PostgreSQL, Chromium, Node) and run everything
	sh tools/system_packages.sh
	$(BIN)/python tools/check.py test

test-long: $(BIN)/.dev ## the runs that take longer than a quarter of an hour
	sh tools/system_packages.sh
	$(BIN)/python tools/check.py long

lint: $(BIN)/.dev ## ruff, mypy, import contracts, budgets, types of JavaScript
	$(BIN)/python tools/check.py lint

bench: $(BIN)/.dev ## measure against the hand-written baseline, on both databases
	$(BIN)/python -m benchmarks.run
	$(BIN)/python -m benchmarks.volume

docs: $(BIN)/.dev ## build the documentation, strictly, into site/
	$(BIN)/python tools/check.py docs

screenshots: $(BIN)/.dev ## pictures of every page in both sizes, languages and themes
	$(BIN)/python tools/screenshots.py

clean: ## remove what was built
	rm -rf $(VENV) build dist site *.egg-info frontend/node_modules
