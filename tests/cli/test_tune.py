"""`keras-stunet tune`: what it says, and how it ends."""

import os
import subprocess
import sys

import pytest
from click.testing import CliRunner

from keras_stunet.cli import main

SPACE = """
[historical_average.grid]
weekly = [false, true]

[linear_svr.grid]
C = [0.1, 1.0]
epsilon = [0.05, 0.1]
"""


@pytest.fixture
def space(tmp_path):
    path = tmp_path / "space.toml"
    path.write_text(SPACE)
    return str(path)


def run(*arguments):
    return CliRunner().invoke(main, ["tune", *map(str, arguments)])


def test_a_dry_run_lists_the_trials_and_writes_nothing(tmp_path, space):
    out = tmp_path / "search"
    result = run("freeway", "--space", space, "--dry-run", "--out", out)
    assert result.exit_code == 0, result.output
    lines = result.output.splitlines()
    assert lines[0] == (
        "6 trials: historical_average 2 of 2 points, linear_svr 4 of 4 points"
    )
    assert lines[-3:] == [
        "linear_svr 1: C=1.0",
        "linear_svr 2: epsilon=0.1",
        "linear_svr 3: C=1.0 epsilon=0.1",
    ]
    assert not out.exists()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--space", "papper"), "Did you mean 'paper'"),
        (("--objective", "mae"), "expected one of val_mae, val_loss"),
        (("--model", "fnn"), "`model` is 'fnn'"),
        (("--report-only",), "There is no search in"),
        (("--join", "chief"), "worker's name"),
    ],
)
def test_errors_are_a_line_and_status_1(tmp_path, space, arguments, message):
    if "--space" not in arguments:
        arguments = ("--space", space, *arguments)
    result = run("freeway", *arguments, "--out", tmp_path / "search")
    assert result.exit_code == 1
    assert message in result.output
    assert len(result.output.splitlines()) == 1


@pytest.mark.long
def test_the_module_is_the_command():
    module = "keras_stunet.tuning.grid_search"
    done = subprocess.run(
        [sys.executable, "-m", module, "--help"],
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
        env={**os.environ, "KERAS_BACKEND": "numpy"},
    )
    assert "Search hyperparameters on the validation split" in done.stdout
    assert "RuntimeWarning" not in done.stderr
