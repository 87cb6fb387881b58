"""A run that is killed again and again equals one that never was.

A chain of real processes: each goes on where the one before was killed with
SIGKILL, and is killed at the next point; the last runs to the end. Before it
comes a run in one piece.
"""

import csv
import dataclasses
import importlib.util
import io
import json
import pathlib
import signal
import subprocess
import sys
import types
import zipfile

import h5py
import numpy as np
import pytest

from tests.children import environment

SCRIPT = pathlib.Path(__file__).with_name("killed_run.py")
CUT = "in epoch 3"  # after this kill the script cuts the checkpoint short
CHAIN = (
    "in the configuration",
    "in epoch 1",
    "between checkpoint and best model",
    "in the first best model",
    "in epoch 2",
    "in validation",
    "in a checkpoint",
    "between the renames",
    CUT,
    "before the scores",
    "in the scores",
    "in the table",
    "none",
)
# What is computed is kept by the backend; files are written the same on all.
ON_JAX = ("in epoch 2", "in validation", "between the renames", CUT)
ON_JAX += ("before the scores", "none")
# The starts after these two find no whole newest checkpoint.
FEW = ("between the renames", CUT, "none")
LONG = {
    "tensorflow, all points": ("tensorflow", CHAIN),
    "jax": ("jax", ON_JAX),
}
# These tell when and where a run was made, not what came out.
CIRCUMSTANCES = ("seconds", "date", "environment", "resumed")

pytestmark = pytest.mark.skipif(
    not hasattr(signal, "SIGKILL"), reason="this system has no SIGKILL"
)


@dataclasses.dataclass
class Chain:
    """The starts at points, and the folders they and one run wrote.

    Of a start: its point, the code it ended with, errors, and files it left.
    """

    points: tuple
    starts: list
    killed: pathlib.Path
    whole: pathlib.Path


@pytest.fixture(
    scope="module",
    params=[
        pytest.param(("tensorflow", FEW), id="tensorflow"),
        *(
            pytest.param(chain, id=name, marks=pytest.mark.long)
            for name, chain in LONG.items()
        ),
    ],
)
def chain(request, series, tmp_path_factory):
    backend, points = request.param
    if not importlib.util.find_spec(backend):
        pytest.skip(f"{backend} is not installed")
    folder = tmp_path_factory.mktemp("killed")
    series.save(folder / "tiny.npz")
    killed, whole = folder / "killed", folder / "whole"
    words = [SCRIPT, folder / "tiny.npz", whole, killed, *points]
    done = subprocess.run(
        [sys.executable, *map(str, words)],
        env=environment(backend, folder),
        capture_output=True,
        text=True,
        timeout=600,
    )
    assert done.returncode == 0, done.stderr
    once, *starts = (
        types.SimpleNamespace(**json.loads(a)) for a in done.stdout.splitlines()
    )
    assert once.code == 0, once.errors
    return Chain(points, starts, killed, whole)


# What a kill leaves, and what it does not.
LEFT = {
    "in the configuration": ((), ("config.json",)),
    "between checkpoint and best model": (
        ("checkpoint.npz",),
        ("model.keras",),
    ),
    "in the first best model": (("model.tmp.keras",), ("model.keras",)),
    "in a checkpoint": (("checkpoint.tmp.npz",), ()),
    "between the renames": (("checkpoint.previous.npz",), ("checkpoint.npz",)),
    "in the scores": ((), ("metrics.json",)),
    "in the table": (("metrics.json",), ()),
}


def test_each_start_was_killed_at_its_point_and_the_last_was_not(chain):
    assert tuple(begun.point for begun in chain.starts) == chain.points, (
        f"ended with {chain.starts[-1].code}: {chain.starts[-1].errors}"
    )
    for begun in chain.starts:
        there, absent = LEFT.get(begun.point, ((), ()))
        assert set(there) <= set(begun.files), begun.point
        assert not set(absent) & set(begun.files), begun.point


def test_nothing_half_written_is_left(chain):
    killed, whole = (
        {file.name for file in folder.iterdir()}
        for folder in (chain.killed, chain.whole)
    )
    assert killed == whole and "metrics.json" in whole
    assert not any(".tmp" in name or name.startswith(".") for name in whole)
    assert "checkpoint.previous.npz" not in whole


def test_a_lost_checkpoint_is_reported_with_the_epoch_gone_on_from(chain):
    errors = {begun.point: begun.errors for begun in chain.starts}
    cut = chain.points.index(CUT)
    assert chain.points[cut - 1] == "between the renames"
    after = chain.points[cut + 1]
    assert "is no whole checkpoint" in errors[after]
    assert "checkpoint.npz is not there" in errors[CUT]
    for point in (after, CUT):
        assert "checkpoint.previous.npz, after epoch 1." in errors[point]
    others = errors.keys() - {after, CUT}
    assert not any("Going on from" in errors[point] for point in others)


def test_the_whole_state_is_equal_bit_by_bit(chain):
    killed, whole = (
        np.load(folder / "checkpoint.npz")
        for folder in (chain.killed, chain.whole)
    )
    assert killed.files == whole.files
    records = []
    for file in (killed, whole):
        record = json.loads(str(file["record"]))
        for name in CIRCUMSTANCES:
            record["progress"].pop(name, None)
        records.append(record)
    assert records[0] == records[1]
    paths = records[0]["paths"]
    assert any("sampling_step" in path for path in paths)
    assert any("seed_generator" in path for path in paths)
    assert len(killed.files) > 2 * len(paths)  # the optimizer's, too
    for name in set(killed.files) - {"record"}:
        assert killed[name].dtype == whole[name].dtype
        np.testing.assert_array_equal(killed[name], whole[name])


def test_history_and_scores_are_equal(chain):
    histories, metrics = [], []
    for folder in (chain.killed, chain.whole):
        with (folder / "history.csv").open(newline="") as file:
            histories.append(list(csv.DictReader(file)))
        written = json.loads((folder / "metrics.json").read_text())
        metrics.append({k: written[k] for k in written.keys() - CIRCUMSTANCES})
    assert histories[0] == histories[1] and len(histories[0]) == 3
    assert metrics[0] == metrics[1] and metrics[0]["best"]["epoch"] > 0
    folders = (chain.killed, chain.whole)
    tables = {(folder / "table.md").read_text() for folder in folders}
    assert len(tables) == 1


def test_the_best_model_is_equal(chain):
    killed, whole = weights(chain.killed), weights(chain.whole)
    assert killed.keys() == whole.keys() and len(killed) > 10
    for name in killed:
        np.testing.assert_array_equal(killed[name], whole[name])


def weights(folder):
    """Every array of the best model, read without Keras."""
    with zipfile.ZipFile(folder / "model.keras") as archive:
        data = io.BytesIO(archive.read("model.weights.h5"))
    arrays = {}

    def note(name, item):
        if isinstance(item, h5py.Dataset):
            arrays[name] = item[()]

    with h5py.File(data) as file:
        file.visititems(note)
    return arrays
