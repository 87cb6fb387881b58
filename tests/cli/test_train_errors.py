"""What `keras-stunet train` refuses, before anything is written."""

import re

import click.testing
import numpy as np
import pytest

from keras_stunet.cli import main
from keras_stunet.data import Series
from keras_stunet.training.runs import run as run_module

SMALL = ["--head", "direct", "--units", "2", "-K", "1", "-p", "1"]
SMALL += ["--epochs", "2", "--batch-size", "20", "--protocol", "days"]


def run(*arguments):
    return click.testing.CliRunner().invoke(main, ["train", *arguments])


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["-p", "3"], "Use p=2"),
        (["--learning-rate", "nan"], "`learning_rate` is nan"),
        (["--seed", "-1"], "`seed` is -1"),
        (["--mask-channel"], "no reading of"),
    ],
)
def test_an_impossible_option_is_refused(dataset, tmp_path, options, message):
    result = run(dataset, "--out", str(tmp_path / "run"), *SMALL, *options)
    assert result.exit_code == 1
    assert re.match("Error: ", result.output) and message in result.output
    assert not list(tmp_path.iterdir())


def test_propagation_reaches_the_model(dataset, tmp_path):
    options = ["--model", "dcrnn", "--propagation", "spectral"]
    result = run(dataset, "--out", str(tmp_path / "run"), *options)
    assert result.exit_code == 1
    assert '`propagation` is "spectral" in a DiffusionOp' in result.output
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--head", "direkt"], "Did you mean 'direct'?"),
        (["--protocol", "day"], "Did you mean 'days'?"),
        (["--layer-norm", "joined"], "Did you mean 'joint'?"),
        (["--propagation", "spectra"], "Did you mean 'spectral'?"),
        (["--loss", "l1l2"], "Did you mean 'l1_l2'?"),
        (["--precision", "bfloat16"], "Did you mean 'mixed_bfloat16'?"),
        (["--epochs", "many"], "not a valid integer"),
        (["--epochs", "0"], "0 is not in the range x>=1"),
        (["--batch-size", "-5"], "-5 is not in the range x>=1"),
        (["-K", "0"], "0 is not in the range x>=1"),
        (["-p", "-1"], "-1 is not in the range x>=0"),
        (["--epoch", "3"], "--epochs"),
    ],
)
def test_a_wrong_option_is_a_usage_error(dataset, tmp_path, options, message):
    result = run(dataset, "--out", str(tmp_path / "run"), *options)
    assert result.exit_code == 2 and message in result.output
    assert not list(tmp_path.iterdir())


def test_an_unknown_data_set_is_refused_with_the_nearest_one(tmp_path):
    result = run("pemsd7/x", "--out", str(tmp_path / "run"))
    assert result.exit_code == 1 and "Did you mean 'pemsd7/" in result.output
    assert not list(tmp_path.iterdir())


def test_a_short_series_is_refused(tmp_path):
    half = np.roll(np.eye(4), 1, axis=1)
    path = tmp_path / "short.npz"
    Series(np.ones((20, 4)), half + half.T).save(path)
    for protocol in ("days", "windows"):
        out = tmp_path / "run"
        result = run(str(path), "--out", str(out), "--protocol", protocol)
        assert result.exit_code == 1 and "Error: " in result.output
        assert not out.exists()


def test_an_unwritable_folder_is_refused_before_data_are_read(
    tmp_path, monkeypatch
):
    monkeypatch.setattr(run_module, "load_series", None)
    (tmp_path / "file").write_text("")
    result = run("pemsd7/m", "--out", str(tmp_path / "file" / "run"))
    assert result.exit_code == 1 and "cannot be written" in result.output


def test_a_recipe_that_is_not_there_is_refused(tmp_path):
    out = str(tmp_path / "run")
    result = run("--recipe", "table1/pemsd7_m/stgcnn", "--out", out)
    assert result.exit_code == 1 and "Did you mean" in result.output
    result = run("--out", out)
    assert result.exit_code == 2 and "or a --recipe" in result.output
