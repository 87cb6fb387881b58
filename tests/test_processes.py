"""A child ends with its parent, on its share of the machine."""

import os
import signal
import sys
import time

import pytest

from keras_stunet.processes import Child
from keras_stunet.processes import machine_shares


def python(script):
    return (sys.executable, "-c", script)


def test_processes_end_with_the_one_that_started_them():
    child = Child({}, ("cat",))
    assert child.status is None
    child.process.stdin.close()
    assert child.wait(5) == 0
    stubborn = Child({}, ("sleep", "60"))
    clock = time.monotonic()
    stubborn.stop()
    assert stubborn.status == -signal.SIGTERM
    assert time.monotonic() - clock < 5


def test_what_an_earlier_process_said_is_not(tmp_path):
    log = tmp_path / "chief.log"
    log.write_text("Error: That was another day.\n")
    for script, words in [("print('now')", "now"), ("", "It said nothing.")]:
        child = Child({}, python(script), log)
        child.wait(60)
        child.stop()
        assert child.last_words() == words


def test_cores_and_gpus_are_shared_out():
    shares = machine_shares(3, gpus=("4", "7"), cores=range(8))
    assert [cores for _, cores in shares] == [[0, 1, 2], [3, 4, 5], [6, 7]]
    devices = [variables["CUDA_VISIBLE_DEVICES"] for variables, _ in shares]
    assert devices == ["4", "7", "4"]
    assert shares[0][0]["OMP_NUM_THREADS"] == "3"
    assert shares[0][0]["XLA_PYTHON_CLIENT_PREALLOCATE"] == "false"
    alone = machine_shares(1, gpus=("0",), cores=range(8))[0]
    assert alone == ({"CUDA_VISIBLE_DEVICES": "0"}, list(range(8)))
    # More workers than cores.
    assert [c for _, c in machine_shares(3, cores=[5])] == [[5], [5], [5]]


@pytest.mark.skipif(
    not hasattr(os, "sched_setaffinity"), reason="the system cannot pin"
)
def test_a_process_sees_its_cores_only(tmp_path):
    script = "import os; print(sorted(os.sched_getaffinity(0)))"
    before = os.sched_getaffinity(0)
    one = [min(before)]
    log = tmp_path / "log"
    child = Child({}, python(script), log, cores=one)
    assert child.wait(20) == 0
    assert log.read_text().strip() == str(one)
    assert os.sched_getaffinity(0) == before
