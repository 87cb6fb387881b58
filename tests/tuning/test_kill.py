"""Whenever a search is killed, it goes on: every point once, none left out."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from keras_stunet.tuning.address import LOOPBACK
from keras_stunet.tuning.launch import Team
from keras_stunet.tuning.search_folder import read_trials

SCRIPT = Path(__file__).with_name("fake_search.py")
GRID = {"units": (1, 13), "layers": (1, 2)}


# Half of a file, before and after its renaming take turns: 13 meets each.
@pytest.mark.long  # one death is in test_launch
@pytest.mark.parametrize("every", [1, 13])
def test_a_search_killed_at_any_write_completes_each_point_once(
    make_search, npz, every
):
    folder, space, search = make_search("fnn", GRID, backend="numpy")
    source = folder / "source"
    source.mkdir()
    (folder / "search.json").rename(source / "search.json")
    subprocess.run(
        [
            *(sys.executable, SCRIPT, folder / "log"),
            *("every", str(every), source, npz),
        ],
        env={**os.environ, "KERAS_BACKEND": "numpy"},
        check=True,
        timeout=300,
    )
    killed = sorted(folder.glob("killed_*/search.json"))
    assert len(killed) > 60 // every  # else the writes were not found
    for path in killed:
        trials = read_trials(path.parent, space)
        points = [tuple(trial.point.values()) for trial in trials]
        assert sorted(points) == sorted(
            tuple(point.values()) for point in space.points()
        ), path
        # In the file of each, and once in the list of what has ended.
        statuses = {
            trial.number: json.loads(
                (
                    path.parent / "fnn" / f"trial_{trial.number}/trial.json"
                ).read_text()
            )["status"]
            for trial in trials
        }
        assert set(statuses.values()) == {"COMPLETED", "FAILED"}
        state = json.loads((path.parent / "fnn/oracle.json").read_text())
        assert sorted(state["end_order"]) == sorted(statuses)
        assert sorted(state["start_order"]) == sorted(statuses)
        # What had an outcome when it was killed is not run again.
        before, _, after = (
            (path.parent / "log.txt").read_text().partition("outcomes ")
        )
        outcomes = int(after.split()[0])
        assert before.count("begin") in (outcomes, outcomes + 1)
        assert after.count("begin") == space.size - outcomes


@pytest.mark.long
def test_a_chief_killed_in_mid_search_ends_each_point_once(
    make_search, npz, monkeypatch
):
    monkeypatch.setenv("KERAS_BACKEND", "numpy")
    monkeypatch.setenv("FAKE_SECONDS", "0.3")
    # The way to the chief does not lead through a proxy, dead or alive.
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    for name in ("no_proxy", "no_grpc_proxy", "grpc_proxy", "https_proxy"):
        monkeypatch.delenv(name, raising=False)
    folder, space, search = make_search("fnn", GRID, backend="numpy")
    said, ended = [], []

    def kill(trial):
        ended.append(trial.number)
        if len(ended) == 1:
            team.chief.process.kill()

    team = Team(
        folder,
        space,
        24,
        {"dataset": npz, "raw_dir": None, "data_dir": None},
        host=LOOPBACK,
        on_trial=kill,
        say=said.append,
        command=(sys.executable, str(SCRIPT), str(folder / "log.txt")),
    )
    team.run()
    assert sum("Process chief died" in line for line in said) == 1
    trials = read_trials(folder, space)
    assert len(trials) == space.size and all(trial.ended for trial in trials)
    numbers = [trial.number for trial in trials]
    assert sorted(ended) == numbers
    state = json.loads((folder / "fnn/oracle.json").read_text())
    assert sorted(state["end_order"]) == sorted(state["start_order"]) == numbers
