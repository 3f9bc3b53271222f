# Each target makes what it needs. `make demo` and `make test` are where to start.

PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.ready
TOOLS := .venv-tools/.ready
BENCH := .venv-bench/.ready
ALPHA := .venv-alpha/.ready
ABREAST := --numprocesses auto --dist loadfile
BROWSED = $(shell grep -lE 'test_serve import|pref_scraper.browse' tests/test_*.py)

# See it work: three editions of a page, visited, compared; leaves the archive demo/.
demo: $(READY)
	$(BIN)/python -m tests.demo demo

# The tests: no internet, a real site on loopback, other people's tools.
test: $(READY) $(TOOLS)
	$(BIN)/python -m pytest -q $(ABREAST)

# Everything a commit must pass.
check: lint test

# Style, types and layers.
lint: $(READY) $(TOOLS)
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	PYTHONPATH=src .venv-tools/bin/lint-imports --no-logo

# What is browsed, again with the 1.0 alpha of Datasette; without tests/browser, since axe-core fails on its pages.
alpha: $(ALPHA)
	.venv-alpha/bin/python -m pytest -q $(BROWSED)

# Visit the live pages: snapshots/ grows, archive.db is brought up to date.
archive: $(READY)
	$(BIN)/pref-scraper run

# Figures, as ratios in one run, beside other people's programs; writes docs/benchmarks.md. PARTS="pipeline parse" takes these anew.
bench: $(READY) $(BENCH)
	$(BIN)/python -m tests.bench $(PARTS)

# The properties again, with many more examples, and 10,000 kills; takes long.
soak: $(READY) $(TOOLS)
	MARKUP_EXAMPLES=20000 MUTATIONS=5000 KILLS=10000 \
		$(BIN)/python -m pytest -q tests/test_markup.py tests/test_mould.py tests/test_scripts.py tests/test_robustness.py tests/test_killing.py

# Rewrite the golden records from what the parser reads now; review the difference by hand.
golden: $(READY)
	$(BIN)/python -m tests.golden

# Put into the README what its commands print.
readme: $(READY)
	$(BIN)/python -m tests.readme

# Take the pictures of the documents anew; wants a browser on the machine.
images: $(READY)
	CI=true $(BIN)/python -m pytest -q tests/browser/test_reading.py
	cp artefacts/front-window.png artefacts/project-window.png artefacts/original-window.png docs/images/

# Write docs/data.md and docs/commands.md anew from the data dictionary and from `--help` of each command.
docs: $(READY)
	$(BIN)/python -m tests.reference

# Write docs/questions.md anew from the queries of `serve`.
questions: $(READY)
	$(BIN)/python -m tests.questions

# Fetch what draws the charts as it was published, with npm; each file must have the digest in SHA256SUMS.
CHARTS := vega@6.4.0 vega-lite@6.5.0 vega-embed@7.3.0
VENDOR := src/pref_scraper/browse/static/vendor
vendor: $(READY)
	for package in $(CHARTS); do \
		name=$${package%@*} && folder=$$(mktemp -d) && \
		npm pack --silent --pack-destination "$$folder" "$$package" >/dev/null && \
		tar -xzf "$$folder"/*.tgz -C "$$folder" && \
		cp "$$folder/package/build/$$name.min.js" $(VENDOR)/ && \
		cp "$$folder/package/LICENSE" "$(VENDOR)/$$name.LICENSE" && \
		rm -r "$$folder" || exit 1; \
	done
	$(BIN)/python -m pytest -q tests/test_vendor.py

# Format the code.
format: $(READY)
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

# Raise the pins of all environments to what is newest now; with the oldest Python that is supported,
# since newer releases refuse it.
constraints:
	$(PYTHON) -m venv --clear .venv
	$(BIN)/python -m pip install -qq --editable '.[dev]'
	$(BIN)/python -m pip freeze --exclude-editable --exclude setuptools > constraints.txt
	touch $(READY)
	$(PYTHON) -m venv --clear .venv-tools
	.venv-tools/bin/python -m pip install -qq --requirement tests/tools.txt
	.venv-tools/bin/python -m pip freeze --exclude setuptools > constraints-tools.txt
	touch $(TOOLS)
	$(PYTHON) -m venv --clear .venv-bench
	.venv-bench/bin/python -m pip install -qq --requirement tests/peers.txt
	.venv-bench/bin/python -m pip freeze --exclude setuptools > constraints-bench.txt
	touch $(BENCH)
	$(PYTHON) -m venv --clear .venv-alpha
	.venv-alpha/bin/python -m pip install -qq --editable '.[dev]' 'datasette>=1.0a0'
	.venv-alpha/bin/python -m pip freeze --exclude-editable --exclude setuptools > constraints-alpha.txt
	touch $(ALPHA)

# Remove what can be made again; snapshots/ and archive.db stay.
clean:
	rm -rf .venv .venv-tools .venv-bench .venv-alpha demo artefacts dist .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache

$(READY): pyproject.toml constraints.txt
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install -qq --constraint constraints.txt --editable '.[dev]'
	touch $(READY)

$(TOOLS): tests/tools.txt constraints-tools.txt
	$(PYTHON) -m venv .venv-tools
	.venv-tools/bin/python -m pip install -qq --no-compile --constraint constraints-tools.txt --requirement tests/tools.txt
	touch $(TOOLS)

$(BENCH): tests/peers.txt constraints-bench.txt
	$(PYTHON) -m venv .venv-bench
	.venv-bench/bin/python -m pip install -qq --no-compile --constraint constraints-bench.txt --requirement tests/peers.txt
	touch $(BENCH)

$(ALPHA): pyproject.toml constraints-alpha.txt
	$(PYTHON) -m venv .venv-alpha
	.venv-alpha/bin/python -m pip install -qq --constraint constraints-alpha.txt --editable '.[dev]'
	touch $(ALPHA)

.PHONY: demo test check lint alpha archive bench soak golden readme images docs questions vendor format constraints clean
