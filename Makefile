# Everything happens in .venv and in the user's cache and state folders; nothing else on the machine changes.
# `make help` lists the targets.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.ONESHELL:
MAKEFLAGS += --no-print-directory
# Packages are installed uncompiled, and what is used is kept compiled at its first import: without, each run of the
# command would cost two seconds more.
export PYTHONDONTWRITEBYTECODE :=

BIN := .venv/bin
# A folder is up to date when the stamp of its inputs' content is there: a checkout that only touches files costs nothing.
RUNTIME := .venv/.runtime-$(shell cat pyproject.toml requirements.lock 2>/dev/null | sha256sum | cut -c1-16)
DEVELOP := .venv/.develop-$(shell cat pyproject.toml requirements*.lock 2>/dev/null | sha256sum | cut -c1-16)
PIP := $(BIN)/python -m pip --disable-pip-version-check --require-virtualenv

# Of pip's output: the downloads of a megabyte and more, and what is installed at the end.
LARGE_ONLY := { grep -E "MB\)|^Installing" | cut -c1-160 || true; }

# Arguments for pytest, such as: make test-unit ARGS="-k lock"
ARGS ?=

.PHONY: help up test test-unit check bench bench-scale clean toolchain venv venv-dev lock

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1\t\2/p' Makefile | expand -t 20

up: venv toolchain ## bring the sample up on this machine
	@echo "== cloudnative up dev"
	$(BIN)/cloudnative up dev --yes

test: venv-dev toolchain ## all tests, those that boot clusters included
	@echo "== pytest"
	$(BIN)/python -m pytest $(ARGS)

test-unit: venv-dev ## tests that need no root, network or engine
	@echo "== pytest tests/unit"
	$(BIN)/python -m pytest tests/unit $(ARGS)

check: venv-dev ## style, types, who imports whom
	@echo "== ruff"
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	echo "== pyright"
	$(BIN)/pyright
	echo "== lint-imports"
	$(BIN)/lint-imports

bench: venv-dev toolchain ## measured times, as ratios
	@echo "== bench"
	$(BIN)/python -m tests.bench $(ARGS)

bench-scale: venv-dev toolchain ## 450 services in three regions, as ratios to kubectl
	@echo "== bench-scale"
	$(BIN)/python -m tests.bench.scale

toolchain: venv ## every outside program, in its pinned version
	@echo "== outside programs"
	$(BIN)/python -m cloudnative_toolchain

venv: $(RUNTIME)

venv-dev: $(DEVELOP)

$(RUNTIME): | .venv/bin/python
	@echo "== Python packages of requirements.lock"
	$(PIP) install --require-hashes --only-binary=:all: --no-compile --progress-bar off -r requirements.lock | $(LARGE_ONLY)
	$(PIP) install --no-deps --no-build-isolation --quiet --editable .
	$(BIN)/python -c "import cloudnative_toolchain"
	rm -f .venv/.runtime-*
	touch $@

$(DEVELOP): $(RUNTIME)
	@echo "== Python packages of requirements-dev.lock"
	$(PIP) install --require-hashes --no-compile --progress-bar off -r requirements-dev.lock | $(LARGE_ONLY)
	rm -f .venv/.develop-*
	touch $@

.venv/bin/python:
	@echo "== virtual environment .venv"
	for python in "$${PYTHON:-}" python3.13 python3.12 python3.11 python3; do
	    if [ -n "$$python" ] && "$$python" -c 'import sys, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
	        "$$python" -m venv .venv
	        exit 0
	    fi
	done
	echo "error: no Python 3.11 or later with venv was found" >&2
	echo "  fix: apt-get install python3 python3-venv   (or: make PYTHON=/path/of/python3.12 ...)" >&2
	exit 2

lock: ## pin the newest allowed version of every Python package anew
	@echo "== requirements.lock, requirements-dev.lock, tests/*.lock"
	temporary=$$(mktemp -d)
	trap 'rm -rf "$$temporary"' EXIT
	python3 -m venv "$$temporary/venv"
	"$$temporary/venv/bin/pip" install --quiet --disable-pip-version-check uv
	compile() { "$$temporary/venv/bin/uv" pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	    --no-emit-index-url --no-emit-find-links --no-annotate --custom-compile-command "make lock" "$$@"; }
	echo "hatchling>=1.27" > "$$temporary/build.in"
	compile pyproject.toml "$$temporary/build.in" --output-file requirements.lock
	compile pyproject.toml "$$temporary/build.in" --group dev --constraint requirements.lock --output-file requirements-dev.lock
	for referee in "azure-cli>=2.91" "checkov>=3.3" "kubernetes-validate>=1.37"; do # no two of them can live together
	    name=$${referee%%>*}
	    echo "$$referee" > "$$temporary/$$name.in"
	    compile "$$temporary/$$name.in" --output-file "tests/$$name.lock"
	done

clean: ## remove .venv and build caches of this folder; the user's cache and state folders stay
	@echo "== removing .venv and caches"
	rm -rf .venv .pytest_cache .ruff_cache .import_linter_cache build dist
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
