"""The page of covariates does what it says."""

import re
import shlex
from pathlib import Path

import keras
import pandas as pd
import pytest
from click.testing import CliRunner

from keras_stunet.cli import main

PAGE = Path(__file__).parents[1] / "docs" / "covariates.md"
# One epoch of a smaller model; the rest as it stands.
SMALL = ["--epochs", "1", "--units", "4"]


def blocks(language):
    text = PAGE.read_text()
    return re.findall(rf"```{language}\n(.*?)```", text, flags=re.DOTALL)


@pytest.mark.skipif(
    keras.backend.backend() != "tensorflow", reason="one backend will do"
)
def test_its_example_runs(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    make, ask, of_arrays = blocks("python")
    exec(make, made := {})
    (commands,) = blocks("sh")
    said = []
    for command in commands.strip().splitlines():
        words = shlex.split(command)[1:]
        small = SMALL if words[0] == "train" else []
        done = CliRunner().invoke(main, [*words, *small])
        assert done.exit_code == 0, done.output
        said.append(done.output)
    # Twelve hours that follow the last readings, and the later ones.
    firsts = ("04-30 00:00", "04-30 12:00")
    for text, first in zip(said[1:], firsts, strict=True):
        lines = text[text.index("timestamp") :].splitlines()
        assert len(lines) == 13
        assert lines[1].startswith(f"2024-{first}")
    capsys.readouterr()
    exec(ask, from_files := {})
    exec(of_arrays, made)
    for kept in ("covariates", "static"):
        columns = getattr(from_files["series"], kept)
        for name, column in getattr(made["series"], kept).items():
            rows = len(columns[name])
            assert column[:rows].tolist() == columns[name].tolist()
    assert "2024-04-30 12:00" in capsys.readouterr().out
    assert len(pd.read_csv("known.csv")) == len(pd.read_csv("bikes.csv")) + 12
