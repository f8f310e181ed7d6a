# `make run` starts the workstation, `make test` and `make check` prove it; nothing has to be installed by hand before.
# Another interpreter: make run PYTHON=python3.12
PYTHON ?= python3
BIN := .venv/bin
# So many processes share the tests; what makes calls stays in one of them (tests/sharing.py).
PROCESSES ?= 2
export PYTHONUNBUFFERED := 1

.PHONY: run test check lint format types imports translations test-minimal soak bench lock clean ready-run ready-check ready-test

run: ready-run
	@echo "==> starting the workstation"
	@exec $(BIN)/python -m mediation serve

test: ready-test
	@exec $(BIN)/python -m pytest -n $(PROCESSES) --dist loadscope $(ARGS)

# All of them, also when the first one finds something.
check: ready-check
	@$(MAKE) --keep-going --no-print-directory lint format types imports translations

lint: ready-check
	$(BIN)/ruff check .

format: ready-check
	$(BIN)/ruff format --check .

types: ready-check
	$(BIN)/mypy

imports: ready-check
	$(BIN)/lint-imports

translations: ready-check
	$(BIN)/python -m mediation.i18n.check

# `make run` in a fresh clone on a Debian with Python, git and make only; needs root, debootstrap and time.
test-minimal: ready-test
	@exec $(BIN)/python -m pytest -m minimal $(ARGS)

# Long: fuzzing, chaos and load. Not part of `make test`.
soak: ready-test
	@exec $(BIN)/python -m pytest -m soak --timeout=0 $(ARGS)

# Measures and prints; nothing fails because a machine is slow. ONLY=media for one area, QUICK=1 for the short form.
bench: ready-test
	@exec $(BIN)/python -m bench

ready-run ready-check ready-test: ready-%:
	@command -v $(PYTHON) >/dev/null || { echo "Python 3.11 or newer is needed. Install it with:" >&2; \
	  echo "    sudo apt-get install -y python3 python3-venv" >&2; exit 1; }
	@$(PYTHON) -m tools.setup $*

# New versions within the limits of pyproject.toml and package.json; needs uv and npm, only for whoever updates.
UV_LOCK = uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url -q \
	--custom-compile-command "make lock" $(LOCK_ARGS)
lock:
	$(UV_LOCK) pyproject.toml -o requirements.lock
	$(UV_LOCK) pyproject.toml --group test --group check -c requirements.lock -o requirements-test.lock
	$(UV_LOCK) --group pyproject.toml:compile -c requirements-test.lock -o requirements-compile.lock
	$(UV_LOCK) requirements-node.in -o requirements-node.lock
	npm install --package-lock-only --ignore-scripts

# Everything that can be made again; the data in var/ stay.
clean:
	rm -rf .venv node_modules static/vendor signaling/media/sfu/__compiled__ dist .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
