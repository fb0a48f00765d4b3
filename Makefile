# The commands of this project. A machine needs Python >= 3.11 and make, nothing else.
#
#   make demo [SERVE=0] [PEOPLE=300]   the whole job on made-up people, then the site
#   make serve                         the site on your own data
#   make test [ARGS=…]                 everything, with browser journeys where Chromium is
#   make check                         format, lint, types, import contracts, templates, texts
#   make bench [NAME=…]                measurements
#   make lock                          requirements/*.txt anew from pyproject.toml

PYTHON ?= python3
BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check install --quiet

.DEFAULT_GOAL := help
.PHONY: help demo serve test check bench lock messages browser

help:
	@sed -n '3,8s/^# *//p' Makefile

demo: .venv/.base messages
	$(BIN)/jiangjie demo --keep $(if $(filter 0,$(SERVE)),--no-serve) $(if $(PEOPLE),--people $(PEOPLE))

serve: .venv/.base messages
	$(BIN)/jiangjie serve

test: .venv/.dev messages browser
	@if command -v chromium >/dev/null; then $(BIN)/python -m pytest -n 2 $(ARGS); \
	else $(BIN)/python -m pytest -n 2 -m "not browser" $(ARGS); fi

check: .venv/.dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/djlint src --lint --quiet
	$(BIN)/python -m tools.messages check
	$(BIN)/python -m tools.reference check

bench: .venv/.dev messages
	@for each in $(if $(NAME),$(NAME),$(notdir $(basename $(wildcard benchmarks/[a-z]*.py)))); do \
	  echo "== $$each"; $(BIN)/python benchmarks/$$each.py || exit 1; \
	done

messages: .venv/.base
	@$(BIN)/python -m tools.messages compile

# Debian's Chromium, and a font so that it does not show boxes for Chinese.
browser:
	@if command -v chromium >/dev/null && [ -n "$$(fc-list :lang=zh 2>/dev/null)" ]; then :; \
	elif [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	  apt-get update -qq && apt-get install -y -qq --no-install-recommends chromium fonts-noto-cjk fontconfig; \
	else \
	  echo "Chromium or a Chinese font is missing, so tests marked 'browser' are left out."; \
	  echo "To run them: apt install chromium fonts-noto-cjk"; \
	fi

lock:
	@command -v $(BIN)/uv >/dev/null || { echo "Run: $(BIN)/pip install uv"; exit 1; }
	$(BIN)/uv pip compile pyproject.toml --group build $(COMPILE) --output-file requirements/base.txt
	$(BIN)/uv pip compile pyproject.toml --group build --group dev $(COMPILE) --constraints requirements/base.txt --output-file requirements/dev.txt

COMPILE := --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
  --no-emit-find-links --no-header --no-annotate

# ---- the environment: a stamp for each lock, so that a warm start costs nothing ----

$(BIN)/python:
	@command -v $(PYTHON) >/dev/null || { echo "$(PYTHON) is not installed; Python 3.11 or newer is needed."; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "Python 3.11 or newer is needed; $(PYTHON) is $$($(PYTHON) --version)."; \
	  echo "Name another one: make PYTHON=python3.12 …"; exit 1; }
	$(PYTHON) -m venv .venv

.venv/.base: requirements/base.txt pyproject.toml | $(BIN)/python
	$(PIP) --require-hashes --requirement requirements/base.txt
	$(PIP) --no-deps --no-build-isolation --editable .
	@touch $@

.venv/.dev: requirements/dev.txt pyproject.toml | $(BIN)/python
	$(PIP) --require-hashes --requirement requirements/dev.txt
	$(PIP) --no-deps --no-build-isolation --editable .
	@touch .venv/.base $@
