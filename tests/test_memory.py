"""What a step frees is there for the next one: on JAX, in our commands."""

import platform
import subprocess
import sys

import click.testing
import pytest

import keras_stunet.cli
from keras_stunet import memory
from keras_stunet.experiments import one_run
from tests.children import environment

# Page faults of a thread that takes 80 MB and frees it, ten times.
FAULTS = """
import resource, sys, threading
import numpy as np
if sys.argv[1] == "keep":
    from keras_stunet.memory import keep_memory
    keep_memory()
    import jax
counts = []

def work():
    for _ in range(10):
        parts = [np.ones(10**6) for _ in range(10)]
        usage = resource.getrusage(resource.RUSAGE_SELF)
        counts.append(usage.ru_minflt)

thread = threading.Thread(target=work)
thread.start()
thread.join()
print(counts[-1] - counts[2])
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="not glibc")
def test_memory_is_taken_from_the_system_once(tmp_path):
    pytest.importorskip("jax")
    faults = {}
    for what in ("as it comes", "keep"):
        child = subprocess.run(
            [sys.executable, "-P", "-c", FAULTS, what],
            env=environment("jax", tmp_path),
            capture_output=True,
            text=True,
        )
        assert child.returncode == 0, child.stderr
        faults[what] = int(child.stdout)
    # Seven times 80 MB are some 130,000 pages of 4 kB.
    assert faults["keep"] < faults["as it comes"] / 10


def test_nothing_is_changed_without_jax_or_glibc(monkeypatch):
    hooks = []
    hook = lambda function, name: hooks.append((function, name))  # noqa: E731
    monkeypatch.setattr(memory.wrapt, "register_post_import_hook", hook)
    monkeypatch.setattr(memory.ctypes, "CDLL", None)
    memory.keep_memory()
    ((keep, name),) = hooks
    assert name == "jax"
    monkeypatch.setattr(memory.platform, "libc_ver", lambda: ("", ""))
    keep(None)


def test_commands_and_their_processes_keep_it(monkeypatch):
    calls = []
    for module in (keras_stunet.cli, one_run):
        monkeypatch.setattr(module, "keep_memory", lambda: calls.append(0))
    monkeypatch.setattr(one_run, "read_request", lambda: None)
    runner = click.testing.CliRunner()
    assert runner.invoke(keras_stunet.cli.main, ["datasets", "-h"]).output
    assert len(calls) == 1
    assert one_run.main() == 1
    assert len(calls) == 2
