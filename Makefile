# fomm_lite: every target sets up what it needs in .venv first, from Python >= 3.11 and make alone.
#   make PYTHON=/path/to/python ...   chooses the Python that .venv is made with
#   make VENV=.venv-3.12 ...          uses another folder instead of .venv
#   make test TESTS=tests/media       runs a part
#   make lock TORCH=2.14.0            moves the locked PyTorch

PYTHON ?=
TORCH ?=
TESTS ?=
VENV = .venv
ANIMATION = out/animation.mp4
RUN = $(VENV)/bin/python -m
# on every core, a file at a time: a notebook's cells belong together, and so do tests that share what they have computed
PYTEST = $(RUN) pytest -n auto --maxprocesses 8 --dist loadfile $(TESTS)
NEW_ENOUGH = import sys; raise SystemExit(sys.version_info < (3, 11))

# $(call set_up,TARGET): runs scripts/setup_env.py with $(PYTHON), or else with the first Python found to be new enough.
define set_up
@set -- python3.13 python3.12 python3.11 python3 python; [ -z "$(PYTHON)" ] || set -- "$(PYTHON)"; \
for python in "$$@"; do \
    if "$$python" -c '$(NEW_ENOUGH)' 2>/dev/null; then exec "$$python" scripts/setup_env.py $(1) --venv $(VENV); fi; \
done; \
for python in "$$@"; do found=$$("$$python" --version 2>&1) && break; found="no Python"; done; \
echo "make $@ needs $(or $(WANTED),Python 3.11 or newer); here is $$found. Install one, or name it: make $@ PYTHON=/path/to/python" >&2; \
exit 1
endef

NPM = npm ci --prefix site --omit=dev --ignore-scripts --no-audit --no-fund

define animate
@mkdir -p out
$(VENV)/bin/fomm-lite animate --out $(ANIMATION)
@echo "The animation is in $(ANIMATION)"
endef

.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help course demo test test-browser test-colab test-lowest test-newest fuzz kill lint audit reference slides site bench mutants lock clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-12s %s\n", $$1, $$2 }' Makefile

course: ## animate the shipped pair into out/, then open the notebooks in JupyterLab
	$(call set_up,course)
	$(animate)
	@set --; \
	if [ "$$(uname)" = Linux ] && [ -z "$$DISPLAY$$WAYLAND_DISPLAY" ]; then \
	    echo "No display here: open the address below in a browser (Ctrl-C ends the server)"; set -- --no-browser; \
	fi; \
	[ "$$(id -u)" != 0 ] || set -- "$$@" --allow-root; \
	exec $(RUN) jupyterlab "$$@" notebooks

demo: ## animate the shipped pair into out/
	$(call set_up,demo)
	$(animate)

test: ## run the unit tests, the doctests and every notebook
	$(call set_up,test)
	@$(PYTEST)

test-colab: VENV = .venv-colab
test-colab: PYTHON = python3.13
test-colab: WANTED = Colab's Python, 3.13
test-colab: ## the same on the versions that a Colab notebook has
	$(call set_up,colab)
	@$(PYTEST)

test-lowest: VENV = .venv-lowest
test-lowest: PYTHON = python3.11
test-lowest: WANTED = the oldest Python, 3.11
test-lowest: ## the same on the lowest versions that pyproject.toml allows
	$(call set_up,lowest)
	@$(PYTEST)

test-newest: VENV = .venv-newest
test-newest: ## the same on the newest versions of everything
	$(call set_up,newest)
	@$(PYTEST)

test-browser: ## drive every explorer and the site by a real browser; screenshots go to out/browser/
	$(call set_up,site)
	@$(RUN) pytest -m browser tests/browser

fuzz: ## damage weights, settings, media and command lines: ten times as much as `make test` does, and anew each time
	$(call set_up,test)
	@FUZZ=1 $(RUN) pytest tests/fuzz

lint: ## run ruff, mypy and codespell
	$(call set_up,dev)
	$(RUN) ruff check .
	$(RUN) ruff format --check .
	$(RUN) mypy
	$(RUN) codespell_lib

reference: ## build the API reference from the docstrings into out/reference/
	$(call set_up,dev)
	@.venv/bin/python scripts/make_reference.py out/reference
	@echo "The reference is in out/reference/index.html"

slides: ## draw the slides of the 90-minute lecture into out/slides/, with reveal.js where there is Node
	$(call set_up,course)
	@if [ ! -d site/node_modules/reveal.js ] && command -v npm >/dev/null; then $(NPM) || true; fi
	@$(VENV)/bin/python scripts/make_slides.py out/slides

site: ## build the course as static pages into out/site/, with a live puppet where there is Node
	$(call set_up,site)
	@if command -v npm >/dev/null; then $(NPM); fi
	@$(VENV)/bin/python scripts/make_site.py out/site
	@echo "The site is in out/site: $(VENV)/bin/python -m http.server --directory out/site shows it"

bench: ## measure speed and quality: a table, and out/bench.json
	$(call set_up,browser)
	@$(RUN) benchmarks --json out/bench.json

kill: ## kill trainings, animations and reconstructions at 25 random moments: does each go on, bit for bit?
	$(call set_up,test)
	@$(VENV)/bin/python scripts/kill_runs.py

mutants: ## change the code in small ways: does a test notice? Hours; a second run goes on where the first was stopped
	$(call set_up,dev)
	@OMP_NUM_THREADS=1 nice -n 15 $(RUN) mutmut run --max-children 1
	@.venv/bin/python scripts/mutation_score.py

lock: ## write constraints.txt and its hashes anew: the newest of everything that the oldest Python can have
	$(call set_up,lock $(if $(TORCH),--torch $(TORCH)))

audit: ## look the locked versions up in the public list of known faults; needs the network
	$(call set_up,demo)
	@$(VENV)/bin/python -m venv .venv-audit
	@.venv-audit/bin/python -m pip install --quiet "pip-audit>=2.9"
	@.venv-audit/bin/pip-audit --strict --no-deps --disable-pip --progress-spinner off -r constraints.txt

clean: ## remove .venv and caches; what you animated and trained stays
	rm -rf .venv .venv-* .venv.lock .pytest_cache .ruff_cache .mypy_cache .hypothesis build dist mutants
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
