# Two commands for a newcomer: `make demo` and `make test`. Both set up .venv on the first run.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

.PHONY: demo test lint bench claims docs check-docs setup clean

setup: $(READY)

$(READY): pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[cdisc,cluster,dev,fhir,peers,rl,scan,stats,web]'
	touch $(READY)

demo: $(READY)
	$(BIN)/seedsoil forecast examples/charts/case-ea0064039.json --years 3 --twins 500 --seed 1 --out out/demo

test: $(READY) lint
	$(BIN)/python -m pytest -n 2

lint: $(READY)
	$(BIN)/ruff check src tests benchmarks
	$(BIN)/lint-imports

bench: $(READY)
	$(BIN)/python -m benchmarks --page docs/performance.md
	$(BIN)/python benchmarks/kernel.py
	$(BIN)/python benchmarks/stages.py
	$(BIN)/python benchmarks/scan.py

claims: $(READY)
	$(BIN)/python -m seedsoil.study.claims.book docs/claims.md 2

docs: $(READY)
	$(BIN)/python -m seedsoil.study.handbook docs
	$(BIN)/python -m seedsoil.doors.cli_page docs/cli.md

clean:
	rm -rf $(VENV) out .pytest_cache .ruff_cache
