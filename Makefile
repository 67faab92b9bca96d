# Two commands: `make run` serves the app with real sample sessions, `make test` sets everything up and passes.
# Both work on a fresh machine that has Python 3.11 or later and nothing else prepared.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STATIC := src/sojourn/web/static
export PYTHONDONTWRITEBYTECODE =
UI_SOURCES := $(shell find ui -type f -not -path 'ui/node_modules/*' -not -path 'ui/dist/*' 2>/dev/null)

# What is served stays until the new one is whole.
define BUILD_UI
$(BIN)/python hatch_build.py
rm -rf $(STATIC) && mkdir -p $(STATIC) && cp -R ui/dist/. $(STATIC)/
endef

.PHONY: run test check fast bench ui system-packages clean

run: $(VENV)/.ready $(STATIC)/index.html
	$(BIN)/sojourn serve --demo

test: system-packages check

check: $(VENV)/.ready $(STATIC)/index.html
	$(BIN)/ruff format --check src tests bench hatch_build.py
	$(BIN)/ruff check src tests bench hatch_build.py
	$(BIN)/mypy
	$(BIN)/python hatch_build.py run check
	$(BIN)/python hatch_build.py test
	$(BIN)/python -m pytest tests -n 2 --dist loadfile

fast: $(VENV)/.ready
	$(BIN)/python -m pytest tests/domain tests/conventions tests/transcripts tests/architecture -q

bench: $(VENV)/.ready
	$(BIN)/python -m bench

ui: $(VENV)/.ready
	$(BUILD_UI)

$(VENV)/.ready: pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip
	$(BIN)/python -m pip install --quiet --group dev -e '.[server]'
	touch $@

$(STATIC)/index.html: $(VENV)/.ready $(UI_SOURCES)
	$(BUILD_UI)

# The browser and PostgreSQL for the tests, where the system has none and lets us install them.
system-packages:
	sh scripts/system_packages.sh

clean:
	rm -rf $(VENV) $(STATIC) ui/node_modules ui/dist .pytest_cache .mypy_cache .ruff_cache
