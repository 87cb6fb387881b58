"""What holds in all tests, and which of their files come first.

Those that take longest come first: none of them ends alone.
"""

import gc
import os
import signal
import sys
from pathlib import Path

import pytest

LONGEST = (
    "test_readme.py",
    "test_readme_examples.py",
    "layers/test_contracts.py",
    "models/test_st_unet_fit.py",
    "models/test_recurrent.py",
    "models/test_st_unet.py",
    "tuning/test_launch.py",
    "training/devices/test_devices.py",
    "models/test_targets.py",
    "training/test_resume.py",
    "training/runs/test_run_data.py",
    "models/stgcn/test_stgcn_fit.py",
    "tuning/test_grid_search.py",
    "training/test_kill.py",
    "cli/test_own_data.py",
    "training/test_interrupt.py",
    "models/test_decoder.py",
    "cli/test_train.py",
    "moving_mnist/test_train.py",
)
HERE = Path(__file__).parent
PLACES = {
    (HERE / name).resolve(strict=True): i for i, name in enumerate(LONGEST)
}


@pytest.hookimpl(tryfirst=True)  # before tests are chosen by their marks
def pytest_collection_modifyitems(items):
    if os.environ.get("KERAS_BACKEND") == "jax":
        for item in items:
            if item.get_closest_marker("long_on_jax"):
                item.add_marker(pytest.mark.long)
    items.sort(key=lambda item: PLACES.get(item.path, len(LONGEST)))


def pytest_collection_finish():
    """What is imported by now stays; the collector need not look at it."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 20, 100)


@pytest.fixture(autouse=True)
def no_python_between_steps(request, monkeypatch):
    """Fails a test that has TensorFlow call Python for its batches.

    Once it has, TensorFlow gives the memory of each step back for the rest of
    the process, and takes it anew. A test of a `PyDataset`, which Keras feeds
    so, is marked `calls_python`.
    """
    if request.node.get_closest_marker("calls_python"):
        return
    if (tf := sys.modules.get("tensorflow")) is None:
        return

    def refuse(name):
        def refused(*arguments, **options):
            pytest.fail(f"{name} was called; see `make_batches`.")

        return refused

    places = (tf, "py_function"), (tf, "numpy_function")
    for place, name in ((tf.data.Dataset, "from_generator"), *places):
        monkeypatch.setattr(place, name, refuse(name))


def pytest_configure(config):
    """Take Ctrl-C, also where a shell in the background ignores it."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
