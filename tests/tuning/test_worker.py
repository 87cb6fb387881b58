"""A worker runs each trial once, and does not hang without its chief."""

import dataclasses
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import grpc
import numpy as np
import pytest
from keras_tuner.src.distribute import oracle_client

from keras_stunet.processes import Child
from keras_stunet.training.runs.digests import series_sha256
from keras_stunet.tuning import worker
from keras_stunet.tuning.address import LOOPBACK
from keras_stunet.tuning.address import address_variables
from keras_stunet.tuning.address import free_port
from keras_stunet.tuning.grid_tuner import GridTuner
from keras_stunet.tuning.launch import CHIEF_GONE
from keras_stunet.tuning.search_folder import read_outcome
from keras_stunet.tuning.search_folder import read_trials
from keras_stunet.tuning.search_folder import write_outcome
from keras_stunet.tuning.space import Space

SCRIPT = Path(__file__).with_name("fake_search.py")


def part(folder, dataset):
    places = {"raw_dir": None, "data_dir": None, "folder": str(folder)}
    return {**places, "dataset": dataset, "system": "fnn"}


def test_a_worker_says_that_there_is_no_chief_before_it_loads_data(
    make_search, tmp_path
):
    assert worker.PATIENCE < 60
    folder, space, search = make_search(
        "fnn", {"units": (1, 2)}, backend="numpy"
    )
    port = free_port(LOOPBACK)
    variables = {"KERAS_BACKEND": "numpy", "FAKE_PATIENCE": "0.5"}
    variables["KERASTUNER_TUNER_ID"] = "two"
    child = Child(
        part(folder, str(tmp_path / "none.npz")),
        (sys.executable, str(SCRIPT), str(tmp_path / "log.txt")),
        tmp_path / "log",
        {**variables, **address_variables(LOOPBACK, port)},
    )
    try:
        assert child.wait(60) == CHIEF_GONE
    finally:
        child.stop()
    assert child.last_words().startswith(
        f"There is no chief at 127.0.0.1:{port}"
    )


def test_days_without_a_reading_are_refused_before_any_trial(
    series, make_search, tmp_path
):
    _, space, search = make_search("fnn", {"units": (1, 2)})
    mask = np.ones(series.values.shape, bool)
    mask[200:290] = False  # all that validation is scored on
    series = dataclasses.replace(series, mask=mask)
    series.save(tmp_path / "gaps.npz")
    search["sha256"] = series_sha256(series)
    with pytest.raises(ValueError, match="No target of the validation split"):
        worker._load(part(tmp_path, str(tmp_path / "gaps.npz")), search, space)


class Silent(grpc.GenericRpcHandler):
    """Answers nothing until `done`."""

    def __init__(self):
        self.done = threading.Event()

    def service(self, details):
        return grpc.unary_unary_rpc_method_handler(self.answer)

    def answer(self, request, context):
        self.done.wait(30)
        return b""


@pytest.fixture
def silent_port():
    handler = Silent()
    server = grpc.server(ThreadPoolExecutor(2))
    server.add_generic_rpc_handlers((handler,))
    port = server.add_insecure_port(f"{LOOPBACK}:0")
    server.start()
    yield port
    handler.done.set()
    server.stop(None)


def test_a_worker_gives_up_a_chief_that_falls_silent(
    make_search, npz, silent_port, monkeypatch
):
    folder, space, search = make_search("fnn", {"units": (1, 2)})
    for name, value in address_variables(LOOPBACK, silent_port).items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("KERASTUNER_TUNER_ID", "two")
    monkeypatch.setattr(worker, "PATIENCE", 2)
    monkeypatch.setattr(oracle_client, "TIMEOUT", 15)  # KerasTuner's hour
    clock = time.monotonic()
    with pytest.raises(worker.ChiefGone, match="The chief is gone"):
        worker.take_part(part(folder, npz))
    assert time.monotonic() - clock < 12


GRID = {"layers": (1, 2, 3, 4), "units": (13, 2)}


def done(score):
    return {"status": "done", "val_mae": score, "seconds": 0.1}


def search(folder, run, grid=GRID):
    space = Space("fnn", False, grid, {})
    GridTuner(space, run, folder, None, "val_mae").search()
    return read_trials(folder, space)


def test_failures_in_a_row_do_not_end_a_search(tmp_path):
    def run(point):
        if point["units"] == 13:
            return {"status": "diverged", "message": "up", "seconds": 0.1}
        return done(float(point["layers"]))

    trials = search(tmp_path, run)
    found = [trial.outcome["status"] for trial in trials]
    assert found[:5] == ["diverged"] * 4 + ["done"]  # four changes of one
    assert len(found) == 8 and all(trial.ended for trial in trials)


def test_the_first_outcome_of_a_trial_holds(tmp_path):
    def run(point):
        # Another worker, which had it from a chief that died, is quicker.
        write_outcome(tmp_path / "fnn/trial_0", done(1.0))
        return done(2.0)

    (trial,) = search(tmp_path, run, {"units": (1,)})
    assert trial.outcome["val_mae"] == 1.0
    assert '"value": [1.0]' in (tmp_path / "fnn/trial_0/trial.json").read_text()


def test_a_damaged_outcome_says_what_deleting_it_does(tmp_path):
    (tmp_path / "outcome.json").write_text("{")
    with pytest.raises(ValueError, match="run again or, if it has ended"):
        read_outcome(tmp_path)


def test_its_memory_is_kept_from_the_start(monkeypatch):
    calls = []
    monkeypatch.setattr(worker, "keep_memory", lambda: calls.append("keep"))
    monkeypatch.setattr(worker, "read_request", lambda: calls.append("read"))
    assert worker.main() == 1
    assert calls == ["keep", "read"]
