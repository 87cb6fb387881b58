"""What a search will cost; what is said while it runs."""

import os
import sys

import pytest

from keras_stunet.data import make_windows
from keras_stunet.processes import machine_shares
from keras_stunet.tuning import plan
from keras_stunet.tuning.search_folder import Trial
from keras_stunet.tuning.search_folder import search_windows

HEAD = "import json, os, sys\n"


@pytest.fixture
def planned(make_search):
    """Function to a plan whose probe is a script, and what it said."""
    folder, space, search = make_search("fnn", {"units": (1, 2)})

    def make(script, workers=1):
        said = []
        command = (sys.executable, "-c", HEAD + script)
        progress = plan.make_plan(
            folder, [space], search, {}, workers, (), said.append, command
        )
        return progress, said

    return make


def test_what_libraries_write_is_no_estimate(planned):
    script = "print('3', '{\"seconds\": 1200.0}', 'Goodbye.', sep=chr(10))"
    progress, said = planned(script)
    assert progress.probed == {"fnn": 1200.0}
    assert said[1].endswith("2 to do, time of each: 20 min")
    with pytest.raises(OSError, match="fnn cannot start: Goodbye"):
        planned("print('Goodbye.')")


@pytest.mark.parametrize("name", ["check_builds", "compiled_network"])
def test_a_step_that_does_not_fit_into_memory_stops_no_search(
    make_search, series, planned, monkeypatch, name
):
    def fail(*_):
        raise RuntimeError("RESOURCE_EXHAUSTED: 9 GiB")

    monkeypatch.setattr(plan, name, fail)
    folder, space, search = make_search("fnn", {"units": (1, 2)})
    splits = make_windows(series, **search_windows(search, space))
    found = plan.probe(space, series, splits, search)
    why = "out of memory: RuntimeError: RESOURCE_EXHAUSTED: 9 GiB"
    assert found == {"seconds": None, "unknown": why}
    progress, said = planned(f"print(json.dumps({found!r}))")
    assert said[1] == f"  fnn: time unknown: {why}"
    assert progress.left() is None


def test_a_probe_that_is_killed_stops_no_search(planned):
    progress, said = planned("os.kill(os.getpid(), 9)")
    assert said[1] == "  fnn: time unknown: the process was killed."


@pytest.mark.skipif(
    not hasattr(os, "sched_setaffinity"), reason="the system cannot pin"
)
def test_a_step_is_measured_on_the_share_of_one_worker(planned):
    workers = len(os.sched_getaffinity(0))
    script = "print(json.dumps({'seconds': len(os.sched_getaffinity(0))}))"
    progress, _ = planned(script, workers)
    assert progress.probed == {"fnn": len(machine_shares(workers)[0][1])}


def test_a_trial_is_told_by_the_objective(make_search, monkeypatch):
    monkeypatch.setattr(plan, "write_report", lambda folder: None)
    folder, space, search = make_search(
        "fnn", {"units": (1, 2)}, objective="val_loss"
    )
    said = []
    progress = plan.Progress(folder, [space], search, 1, said.append)
    for number, (loss, mae) in enumerate([(0.5, 3.0), (0.25, 4.0)]):
        outcome = {"status": "done", "val_loss": loss, "val_mae": mae}
        outcome["seconds"] = 1.0
        trial = Trial(str(number), {"units": 1}, True, outcome)
        progress.ended(space, trial)
    assert "val_loss 0.5000 (best 0.5000)" in said[0]
    assert "val_loss 0.2500 (best 0.2500)" in said[1]
