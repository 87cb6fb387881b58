"""The files that take longest come first: none of them ends alone."""

import signal
from pathlib import Path

LONGEST = (
    "training/test_kill.py",
    "training/test_devices.py",
    "test_readme.py",
    "cli/test_own_data.py",
    "training/test_interrupt.py",
    "test_benchmarks.py",
    "training/test_resume.py",
    "models/test_st_unet_fit.py",
    "training/test_model_run.py",
    "tuning/test_launch.py",
    "tuning/test_kill.py",
    "compatibility/test_saved_by_earlier_versions.py",
)
PLACES = {Path(__file__).parent / name: i for i, name in enumerate(LONGEST)}


def pytest_collection_modifyitems(items):
    items.sort(key=lambda item: PLACES.get(item.path, len(LONGEST)))


def pytest_configure(config):
    """Take Ctrl-C, also where a shell in the background ignores it."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
