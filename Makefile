# Every rule a newcomer needs. `make help` lists them.
PYTHON ?= python3
BIN := .venv/bin
CATALOGS := $(patsubst %.po,%.mo,$(wildcard academy/translations/*/LC_MESSAGES/messages.po))

.DEFAULT_GOAL := help
.PHONY: help run test check bench walkthrough translations lock clean

help: ## list the rules
	@grep -hE '^[a-z-]+:.*## ' Makefile | awk -F ':.*## ' '{printf "  make %-14s %s\n", $$1, $$2}'

# uv comes from the package index into a small environment of its own, then builds the locked one.
.venv/uv/bin/uv:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "academy: Python 3.11 or newer is needed; set PYTHON=…"; exit 1; }
	@$(PYTHON) -m venv .venv || { echo "academy: python3-venv is missing (Debian: apt install python3-venv)"; exit 1; }
	@$(PYTHON) -m venv .venv/uv
	@.venv/uv/bin/pip install --quiet --disable-pip-version-check --require-hashes -r requirements/uv.txt

.venv/run.stamp: requirements/run.txt pyproject.toml | .venv/uv/bin/uv
	@.venv/uv/bin/uv pip install --quiet --python $(BIN)/python --require-hashes -r requirements/run.txt
	@.venv/uv/bin/uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable .
	@touch $@

.venv/dev.stamp: requirements/dev.txt .venv/run.stamp
	@.venv/uv/bin/uv pip install --quiet --python $(BIN)/python --require-hashes -r requirements/dev.txt
	@touch $@

%.mo: %.po .venv/run.stamp
	@$(BIN)/pybabel --quiet compile --input-file $< --output-file $@ --locale $(notdir $(patsubst %/LC_MESSAGES/,%,$(dir $<)))

run: .venv/run.stamp $(CATALOGS) ## start everything and print the address and the demo sign-ins
	@exec $(BIN)/academy start

test: .venv/dev.stamp $(CATALOGS) ## every test, on SQLite and on PostgreSQL, and in a real browser
	@$(BIN)/python tests/run.py

check: .venv/dev.stamp $(CATALOGS) ## style, types, layers, migrations, known vulnerabilities
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check --quiet .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/python tests/check_migrations.py
	@$(BIN)/python tests/check_vulnerabilities.py

bench: .venv/dev.stamp $(CATALOGS) ## measure against floors; AREA=catalog|enrollment|exams|certificates|messages|reports
	@$(BIN)/python -m bench $(AREA)

walkthrough: .venv/run.stamp $(CATALOGS) ## the main job end to end into OUT (default: build/walkthrough)
	@$(BIN)/academy walkthrough --out $(or $(OUT),build/walkthrough)

translations: .venv/dev.stamp ## collect the texts and update the English catalog
	@$(BIN)/pybabel --quiet extract --mapping-file academy/translations/babel.cfg --keywords "N_ Text _l lazy_gettext" --no-location --sort-output --omit-header --output-file academy/translations/messages.pot academy
	@$(BIN)/pybabel --quiet update --input-file academy/translations/messages.pot --output-dir academy/translations --no-fuzzy-matching --ignore-obsolete --omit-header
	@rm academy/translations/messages.pot

lock: .venv/uv/bin/uv ## pin every dependency with its hash again
	@.venv/uv/bin/uv pip compile --quiet --universal --generate-hashes --no-header --python-version 3.11 pyproject.toml -o requirements/run.txt
	@.venv/uv/bin/uv pip compile --quiet --universal --generate-hashes --no-header --python-version 3.11 --group dev -c requirements/run.txt pyproject.toml -o requirements/dev.txt
	@echo uv | .venv/uv/bin/uv pip compile --quiet --universal --generate-hashes --no-header - -o requirements/uv.txt

clean: ## remove what was built; the instance folder stays
	@rm -rf .venv build
