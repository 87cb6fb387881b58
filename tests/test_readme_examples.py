"""The Python examples of the pages run."""

import os
import subprocess
import sys

import pytest

from tests.pages import ROOT
from tests.pages import blocks


def test_the_example_of_tensorflow_datasets_takes_eight_lines_and_runs(
    tmp_path,
):
    example = blocks("python")[0]
    lines = [line for line in example.splitlines() if line.strip()]
    load, fit = (
        next(i for i, line in enumerate(lines) if call in line)
        for call in ("tfds.load(", "model.fit(")
    )
    assert fit - load < 8
    # Few large steps of a quicker model; the rest as it stands.
    small = {
        "batch_size=50": "batch_size=4096",
        "model.compile(": "model = keras_stunet.build_fnn(\n"
        "    data.adjacency, **data.options\n)\nmodel.compile(",
        "epochs=4": "epochs=1",
    }
    for stated, tried in small.items():
        assert example.count(stated) == 1
        example = example.replace(stated, tried)
    said = run_example(example, tmp_path, TFDS_DATA_DIR=str(tmp_path / "data"))
    assert "val_loss" in said and "{3: {'mae': " in said
    assert (tmp_path / "freeway.keras").exists()
    assert (tmp_path / "data" / "freeway" / "default").is_dir()


LOAD_AGAIN = """
import keras
again = keras.saving.load_model("ring.keras")
x, _ = splits.test.gather([0])
np.testing.assert_array_equal(again(x), model(x))
"""


def first_example(page, heading="# "):
    guide = (ROOT / "docs" / page).read_text()
    section = guide.partition(heading)[2]
    return section.partition("```python\n")[2].partition("```")[0]


def example_of_arrays():
    return first_example("own_data.md", "## From arrays to `fit`")


def test_the_example_of_arrays_runs_with_a_small_model(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    example = example_of_arrays()
    lines = [line for line in example.splitlines() if line.strip()]
    stated, small = "K=3, p=2, s=2", "K=1, p=1, s=2, units=2"
    assert len(lines) == 15 and example.count(stated) == 1
    names = {}
    exec(example.replace(stated, small) + LOAD_AGAIN, names)
    exec(first_example("intervals.md"), names)
    assert (names["lower"] < names["upper"]).all()
    assert names["scores"][12]["coverage"] > 0


@pytest.mark.long
def test_the_example_of_arrays_beats_the_spread_of_the_data(tmp_path):
    better = "assert score_windows(model, splits.test)[3]['mae'] < splits.std"
    run_example(example_of_arrays() + LOAD_AGAIN + better, tmp_path)


def run_example(code, folder, **environment):
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=folder,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout
