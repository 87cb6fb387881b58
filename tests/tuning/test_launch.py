"""Chief and workers: a dead worker comes back, and nothing is lost."""

import json
import runpy
import sys
import threading
import time
from pathlib import Path
from types import SimpleNamespace

import keras
import pytest

from keras_stunet.processes import Child
from keras_stunet.tuning import launch
from keras_stunet.tuning import worker
from keras_stunet.tuning.join import join_search
from keras_stunet.tuning.launch import Team
from keras_stunet.tuning.search_folder import best_trial
from keras_stunet.tuning.search_folder import read_outcome
from keras_stunet.tuning.search_folder import read_trials
from keras_stunet.tuning.search_folder import write_search

SCRIPT = Path(__file__).with_name("fake_search.py")


def command(folder):
    return (sys.executable, str(SCRIPT), str(folder / "log.txt"))


def part(npz):
    return {"dataset": npz, "raw_dir": None, "data_dir": None}


@pytest.fixture
def numpy_backend(monkeypatch):
    """Processes that start quickly."""
    monkeypatch.setenv("KERAS_BACKEND", "numpy")
    monkeypatch.setenv("FAKE_SECONDS", "0.3")


def alone(folder, space, npz, monkeypatch):
    """The trials of the same search, run by one process: this one."""
    folder = folder / "alone"
    folder.mkdir()
    search = json.loads((folder.parent / "search.json").read_text())
    search["backend"] = keras.backend.backend()
    write_search(folder, search)
    (folder / "log.died").touch()  # none dies here
    monkeypatch.setenv("FAKE_WAIT_FOR", "")
    monkeypatch.setenv("FAKE_SECONDS", "0")
    monkeypatch.setattr(sys, "argv", [str(SCRIPT), str(folder / "log")])
    whole = {**part(npz), "folder": folder, "system": "fnn"}
    worker.take_part(whole, runpy.run_path(str(SCRIPT))["run"])
    return read_trials(folder, space)


def scores(trials):
    return {
        tuple(trial.point.values()): trial.outcome.get("val_mae")
        for trial in trials
    }


@pytest.mark.long
def test_a_chief_and_workers_of_which_one_dies_and_one_joins(
    make_search, npz, numpy_backend, monkeypatch
):
    # No trial ends before all workers have begun one; in that of -1 a worker
    # dies, once.
    monkeypatch.setenv("FAKE_WAIT_FOR", "elsewhere tuner0 tuner1")
    grid = {"units": (1, -1, 2, 13), "layers": (1, 3)}
    folder, space, search = make_search("fnn", grid, backend="numpy")
    said, ended, hosts = [], [], set()

    def on_trial(trial):
        ended.append(trial)
        hosts.add(json.loads((folder / "chief.json").read_text())["host"])

    options = {"say": said.append, "command": command(folder)}
    team = launch.Team(
        folder,
        space,
        24,
        part(npz),
        workers=2,
        on_trial=on_trial,
        **options,
    )
    joining = threading.Thread(
        target=join_search, args=(npz, folder, "elsewhere"), kwargs=options
    )
    joining.start()
    team.run()
    joining.join(60)
    assert not joining.is_alive()
    trials = read_trials(folder, space)
    points = sorted(tuple(trial.point.values()) for trial in trials)
    assert points == sorted(tuple(p.values()) for p in space.points())
    assert sorted(t.number for t in ended) == sorted(t.number for t in trials)
    assert all(trial.ended for trial in trials)
    failed = [t for t in trials if t.outcome["status"] == "diverged"]
    assert [t.point["units"] for t in failed] == [13, 13]
    assert hosts == {"127.0.0.1"}  # nobody else reaches it
    assert best_trial(trials).point == {"units": 2, "layers": 1}
    assert scores(trials) == scores(alone(folder, space, npz, monkeypatch))
    assert any("started again" in line for line in said)
    begun = [
        line
        for line in (folder / "log.txt").read_text().splitlines()
        if line.startswith("begin")
    ]
    assert len(begun) == space.size + 1  # that of the dead worker twice
    workers = {line.split(" by ")[1] for line in begun}
    assert workers == {"tuner0", "tuner1", "elsewhere"}
    assert not (folder / "chief.json").exists()


@pytest.mark.long  # the third death: a test of its own below
def test_a_trial_that_kills_its_process_each_time_is_failed(
    make_search, npz, numpy_backend, monkeypatch
):
    monkeypatch.setattr(launch, "DEATHS", 2)
    folder, space, search = make_search(
        "fnn", {"units": (-2, 2), "layers": (1,)}, backend="numpy"
    )
    team = launch.Team(
        folder, space, 24, part(npz), say=str, command=command(folder)
    )
    team.run()
    killed, done = read_trials(folder, space)
    assert killed.ended and killed.outcome["status"] == "out of memory"
    assert "2 times" in killed.outcome["message"]
    assert done.outcome["status"] == "done"


def test_a_worker_ends_at_once_when_its_parent_is_gone(
    make_search, npz, monkeypatch, tmp_path
):
    monkeypatch.setenv("KERAS_BACKEND", "numpy")
    monkeypatch.setenv("FAKE_SECONDS", "600")
    folder, space, search = make_search(
        "fnn", {"units": (1, 2)}, backend="numpy"
    )
    child = Child(
        {**part(npz), "folder": str(folder), "system": "fnn"},
        command(folder),
        folder / "log",
    )
    until = time.monotonic() + 60
    while not (folder / "log.txt").exists():
        assert time.monotonic() < until and child.status is None
        time.sleep(0.1)
    child.process.stdin.close()  # as the system does for one that was killed
    try:
        assert child.wait(20) == 1
    finally:
        child.stop()


def test_a_process_that_ends_with_an_error_ends_the_search(
    make_search, npz, monkeypatch
):
    folder, space, search = make_search("fnn", {"units": (1, 2)})
    script = "print('Error: no data here.'); raise SystemExit(1)"
    team = launch.Team(
        folder, space, 24, part(npz), command=(sys.executable, "-c", script)
    )
    with pytest.raises(OSError, match="no data here"):
        team.run()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"sha256": "0" * 64}, "not the data of this search"),
        ({"backend": "abacus"}, "Set KERAS_BACKEND=abacus"),
    ],
)
def test_a_worker_with_other_data_or_backend_is_refused(
    make_search, npz, change, message
):
    folder, space, search = make_search("fnn", {"units": (1, 2)})
    (folder / "search.json").write_text(json.dumps({**search, **change}))
    with pytest.raises(ValueError, match=message):
        worker.take_part({**part(npz), "folder": folder, "system": "fnn"})


KILLED = SimpleNamespace(status=-9, log="its.log")


def note(folder, ongoing):
    text = json.dumps({"ongoing_trials": ongoing})
    (folder / "fnn/oracle.json").write_text(text)


@pytest.fixture
def team(make_search, add_trial):
    folder, space, search = make_search("fnn", {"units": (1, 2, 3)})
    for number in "012":
        add_trial(folder, number, {"units": int(number) + 1}, "RUNNING")
    said = []
    team = Team(folder, space, 24, {}, say=said.append)
    team.said = said
    return team


def outcome(team, number):
    return read_outcome(team.folder / f"fnn/trial_{number}")


def test_the_third_death_in_one_trial_fails_it(team):
    for number in "012":
        note(team.folder, {"tuner0": number, "tuner1": "0"})
        team.count_death("tuner0", KILLED)
        assert "started again" in team.said[-1]
    assert [outcome(team, number) for number in "012"] == [None] * 3
    team.count_death("tuner0", KILLED)
    team.count_death("tuner1", KILLED)
    assert outcome(team, "2") is None
    team.count_death("tuner0", KILLED)
    assert outcome(team, "2")["status"] == "out of memory"
    assert "3 times in this trial" in outcome(team, "2")["message"]
    assert outcome(team, "0") is None


def test_three_deaths_without_a_trial_end_the_search(team):
    note(team.folder, {})
    team.count_death("tuner0", KILLED)
    team.count_death("tuner0", KILLED)
    with pytest.raises(OSError, match="without a trial: .*its.log"):
        team.count_death("tuner0", KILLED)


def test_what_a_chief_said_is_passed_on(team, tmp_path):
    note(team.folder, {})
    log = tmp_path / "chief.log"
    log.write_text("Error: That was another day.\n")
    script = "print('Error: No room left.'); raise SystemExit(1)"
    chief = Child({}, (sys.executable, "-c", script), log)
    chief.wait(60)
    chief.stop()
    team.count_death("chief", chief)
    assert team.said[-1].endswith("again. No room left.")
