"""Keras is imported without the notes that TensorFlow writes meanwhile."""

import contextlib
import os
import subprocess
import sys

LEVEL = "TF_CPP_MIN_LOG_LEVEL"
SILENT = "3"
# TensorFlow writes some lines whatever the level is.
NOTES = r"/^(WARNING: All log messages before absl|[IWE][0-9]{4} )/d"


def start_keras():
    """Import Keras and its backend.

    TensorFlow's notes are left out, unless `TF_CPP_MIN_LOG_LEVEL` asks for
    them. Whatever else is written on standard error passes.
    """
    if "keras" in sys.modules:
        return
    os.environ.setdefault(LEVEL, SILENT)
    with contextlib.ExitStack() as stack:
        if os.environ[LEVEL] == SILENT:
            stack.enter_context(_without_notes())
        import keras_stunet.backend  # noqa: F401


@contextlib.contextmanager
def _without_notes():
    # A process of its own lets through what a crash of this one has written.
    try:
        filtering = subprocess.Popen(["sed", "-E", NOTES], stdin=-1, stdout=2)
    except OSError:  # there is no sed
        yield
        return
    sys.stderr.flush()
    kept = os.dup(2)
    os.dup2(filtering.stdin.fileno(), 2)
    filtering.stdin.close()
    try:
        yield
    finally:
        sys.stderr.flush()
        os.dup2(kept, 2)
        os.close(kept)
        filtering.wait()
