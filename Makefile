# `make demo` and `make test` need nothing but Python 3.11 or later: they make
# .venv and install into it. pip takes its settings from the user as always.

# Some systems keep Python from writing what it compiles. Every process would
# then compile all of TensorFlow's source anew, for seconds.
unexport PYTHONDONTWRITEBYTECODE

PYTHON ?= python3
# TensorFlow for .venv: `cpu` (small) or `tensorflow` (also for GPUs).
TENSORFLOW ?= cpu
VENV := .venv
BIN := $(VENV)/bin

PYTEST := $(BIN)/python -P -m pytest -n auto --maxprocesses 4 --dist loadfile \
	--no-loadscope-reorder

EXTRAS_demo := $(TENSORFLOW),datasets,plot
EXTRAS_test := $(TENSORFLOW),test
EXTRAS_test-long := $(TENSORFLOW),test-long

# JAX compiles each operation of each shape anew: here once for all test
# processes and later runs, and quickly rather than to quick code. TensorFlow
# has few programs for XLA, and long ones: there quick code is quicker.
JAX_CACHE := JAX_COMPILATION_CACHE_DIR=$(CURDIR)/$(VENV)/jax-cache \
	JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS=0 \
	JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES=-1
JAX_QUICK := XLA_FLAGS="--xla_backend_optimization_level=0 \
	--xla_llvm_disable_expensive_passes=true"

# What runs on each backend; TensorFlow runs everything.
BACKEND_TESTS := tests/layers tests/test_losses.py tests/test_metrics.py \
	tests/data/test_batches.py tests/data/test_tensorflow_batches.py

# Raw data at hand, else TensorFlow Datasets downloads them.
ifneq ($(wildcard ../shared/data),)
export KERAS_STUNET_RAW_DIR ?= $(CURDIR)/../shared/data
endif

.DEFAULT_GOAL := help
.PHONY: help demo test test-long

help:  ## Print this list
	@grep -E '^[a-z-]+: .*##' Makefile | sed -E 's/:.*## /\t/' | expand -t 10

demo: venv-demo  ## Train ST-UNet on simulated traffic, some four minutes
	$(BIN)/keras-stunet train freeway --head direct --units 32 --epochs 4 \
		--out runs/demo --resume

# $(call on_backends,MARKS): the tests that these marks choose.
define on_backends
KERAS_BACKEND=tensorflow $(JAX_CACHE) $(PYTEST) -m "$(1)"
	KERAS_BACKEND=jax $(JAX_CACHE) $(JAX_QUICK) $(PYTEST) -m "$(1)" \
		$(BACKEND_TESTS) tests/models
endef

test: venv-test  ## Check style and run the tests but for the long ones
	$(BIN)/python -m ruff check .
	$(BIN)/python -m ruff format --check .
	$(call on_backends,not long)
	@if $(BIN)/python -c "import torch" 2>/dev/null; then \
		KERAS_BACKEND=torch $(PYTEST) -m "not long" $(BACKEND_TESTS); \
	else \
		echo "PyTorch is not installed: skipped its layer tests."; \
	fi

test-long: venv-test-long  ## Run the tests that are long by nature, docs/testing.md
	$(call on_backends,long)

# Runs on each call and has nothing to do on most. An install that was broken
# off leaves the file .installing: what pip then takes for installed may be
# incomplete, so .venv is made anew, as it is when its pip does not start. The
# stamp is written after a whole install only; it holds the place of the
# checkout, which an editable install depends on. Python compiles what is
# imported; all 14,000 files, most never used, would take most of a minute.
.PHONY: venv-demo venv-test venv-test-long
venv-demo venv-test venv-test-long: venv-%:
	@set -e; \
	stamp=$(VENV)/.installed-$*; \
	if test -e $(VENV)/.installing || \
		! $(BIN)/python -m pip --version >/dev/null 2>&1; then \
		rm -rf $(VENV); \
		mkdir $(VENV); \
		touch $(VENV)/.installing; \
		$(PYTHON) -m venv $(VENV); \
	fi; \
	if ! test $$stamp -nt pyproject.toml || \
		test "$$(cat $$stamp)" != "$(CURDIR)"; then \
		touch $(VENV)/.installing; \
		$(BIN)/python -m pip install --no-compile \
			--editable ".[$(EXTRAS_$*)]"; \
		printf '%s\n' "$(CURDIR)" > $$stamp; \
		rm $(VENV)/.installing; \
	fi
