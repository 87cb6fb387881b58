"""Jobs whose runs are played by `fake_run.py`."""

import os
import pathlib
import signal
import sys
import traceback

import pytest

from keras_stunet.experiments.jobs import Job
from keras_stunet.experiments.queue import run_queue

# Without site and environment: it starts in hundredths of a second.
FAKE = (sys.executable, "-I", "-S")
FAKE += (str(pathlib.Path(__file__).with_name("fake_run.py")),)


@pytest.fixture
def make_job():
    def make(name, act="finish", seed=0, **changes):
        fields = {
            "table": "table1",
            "name": name,
            "title": name,
            "dataset": "freeway",
            "protocol": "days",
            "budget": "tiny",
            "precision": "float32",
            "seed": seed,
            "classical": False,
            "run": f"table1/freeway/{name}",
            "arguments": {"dataset": "freeway", "act": act, "of": name},
        }
        return Job(**{**fields, **changes})

    return make


@pytest.fixture
def start(tmp_path):
    """Run a queue of fakes in a folder; returns the states by name."""

    def start(jobs, **options):
        said = []
        options = {"patience": 0, "command": FAKE, "say": said.append} | options
        out, results = tmp_path / "runs", tmp_path / "rows.csv"
        states = run_queue(jobs, out, results, **options)
        start.said = said
        return {job.name: state for job, state in states.items()}

    start.results = tmp_path / "rows.csv"
    start.out = tmp_path / "runs"
    return start


@pytest.fixture
def forked():
    """Run a function in a fork of this process; returns its process id.

    The fork ends with status 130 after Ctrl-C, 1 after another error.
    """

    def fork(function):
        process = os.fork()
        if process:
            return process
        status = 1
        try:
            signal.signal(signal.SIGINT, signal.default_int_handler)
            function()
            status = 0
        except KeyboardInterrupt:
            status = 130
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(status)

    return fork


@pytest.fixture
def ending():
    """How a process ended: its exit status, or below 0 the signal."""
    return lambda process: os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])
