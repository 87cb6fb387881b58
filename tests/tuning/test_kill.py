"""Whenever a search is killed, it goes on: every point once, none left out."""

import json
import os
import subprocess
import sys
from pathlib import Path

from keras_stunet.tuning.trials import read_trials

SCRIPT = Path(__file__).with_name("fake_search.py")
GRID = {"units": (1, 13), "layers": (1, 2)}


def test_a_search_killed_at_any_write_completes_each_point_once(
    make_search, npz
):
    folder, space, search = make_search("fnn", GRID, backend="numpy")
    source = folder / "source"
    source.mkdir()
    (folder / "search.json").rename(source / "search.json")
    subprocess.run(
        [sys.executable, SCRIPT, folder / "log", "every", source, npz],
        env={**os.environ, "KERAS_BACKEND": "numpy"},
        check=True,
        timeout=300,
    )
    killed = sorted(folder.glob("killed_*/search.json"))
    assert len(killed) > 60  # else the writes were not found
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
        # Only the trial at work when it was killed may have been run twice.
        begun = (path.parent / "log.txt").read_text().split("\n")[:-1]
        begun = [line for line in begun if line.startswith("begin")]
        assert len(set(begun)) == space.size
        assert len(begun) <= space.size + 1
