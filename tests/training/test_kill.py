"""A run that is killed again and again equals one that never was.

One chain of real processes on each backend: each goes on where the one before
was killed with SIGKILL, and is killed at the next point; the last runs to the
end. Both chains run at once, each after a run in one piece.
"""

import concurrent.futures
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
BACKENDS = ("tensorflow", "jax")
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
ON_JAX = {"in epoch 2", "in validation", "between the renames", CUT}
ON_JAX |= {"before the scores", "none"}
# These tell when and where a run was made, not what came out.
CIRCUMSTANCES = ("seconds", "date", "environment", "resumed")

pytestmark = pytest.mark.skipif(
    not hasattr(signal, "SIGKILL"), reason="this system has no SIGKILL"
)


@dataclasses.dataclass
class Chain:
    """The starts on one backend, and the folders they and one run wrote.

    Of a start: its point, the code it ended with, errors, and files it left.
    """

    backend: str
    starts: list
    killed: pathlib.Path
    whole: pathlib.Path


def points_of(backend):
    """The chain of a backend."""
    return [point for point in CHAIN if backend != "jax" or point in ON_JAX]


def run_chain(backend, series):
    killed, whole = (series.parent / f"{backend}-{kind}" for kind in "kw")
    words = [SCRIPT, series, whole, killed, *points_of(backend)]
    done = subprocess.run(
        [sys.executable, *map(str, words)],
        env=environment(backend, series.parent),
        capture_output=True,
        text=True,
        timeout=600,
    )
    assert done.returncode == 0, done.stderr
    once, *starts = (
        types.SimpleNamespace(**json.loads(a)) for a in done.stdout.splitlines()
    )
    assert once.code == 0, once.errors
    return Chain(backend, starts, killed, whole)


@pytest.fixture(scope="module")
def chains(series, tmp_path_factory):
    """`{backend: Chain}` of the backends that are installed."""
    path = tmp_path_factory.mktemp("killed") / "tiny.npz"
    series.save(path)
    installed = [name for name in BACKENDS if importlib.util.find_spec(name)]
    with concurrent.futures.ThreadPoolExecutor() as pool:
        running = {
            name: pool.submit(run_chain, name, path) for name in installed
        }
    return {name: future.result() for name, future in running.items()}


@pytest.fixture(params=BACKENDS)
def chain(request, chains):
    if request.param not in chains:
        pytest.skip(f"{request.param} is not installed")
    return chains[request.param]


def test_each_start_was_killed_at_its_point_and_the_last_was_not(chain):
    points = points_of(chain.backend)
    assert [begun.point for begun in chain.starts] == points, (
        f"ended with {chain.starts[-1].code}: {chain.starts[-1].errors}"
    )
    left = {begun.point: begun.files for begun in chain.starts}
    assert "checkpoint.npz" not in left["between the renames"]
    assert "checkpoint.previous.npz" in left["between the renames"]
    if chain.backend == "tensorflow":
        assert "checkpoint.npz" in left["between checkpoint and best model"]
        assert "model.keras" not in left["between checkpoint and best model"]
        assert "model.tmp.keras" in left["in the first best model"]
        assert "model.keras" not in left["in the first best model"]
        assert "checkpoint.tmp.npz" in left["in a checkpoint"]
        assert "config.json" not in left["in the configuration"]
        assert "metrics.json" not in left["in the scores"]
        assert "metrics.json" in left["in the table"]


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
    assert "is no whole checkpoint" in errors["before the scores"]
    assert "checkpoint.npz is not there" in errors[CUT]
    for point in ("before the scores", CUT):
        assert "checkpoint.previous.npz, after epoch 1." in errors[point]
    others = errors.keys() - {"before the scores", CUT}
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
