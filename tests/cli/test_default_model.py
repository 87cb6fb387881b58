"""Which model is trained where `--model` names none."""

import dataclasses

import click.testing
import pytest

from keras_stunet.cli import main
from keras_stunet.cli.train_options import OF_ST_UNET
from keras_stunet.models import MODELS
from keras_stunet.training.recipe import Recipe

OWN = ["--values", "values.csv"]
GRAPH = [*OWN, "--graph", "graph.csv"]


@pytest.fixture
def trained(tmp_path, monkeypatch):
    """`trained(words)`: the model of a `train` command, and what it said."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "graph.csv").write_text("from,to,weight\na,b,1\n")
    (tmp_path / "values.csv").write_text(
        "time,a,b\n2026-01-01 00:00,1,2\n2026-01-01 00:05,1,3\n"
    )
    called = []
    monkeypatch.setattr(
        "keras_stunet.training.train_model",
        lambda *_, **options: called.append(options) or "table",
    )

    def train(words):
        result = click.testing.CliRunner().invoke(
            main, ["train", *words, "--out", "run"]
        )
        assert result.exit_code == 0, result.output
        return called[-1].get("model"), result.output

    return train


@pytest.mark.parametrize(
    ("words", "model"),
    [
        (OWN, "st_unet_plus"),
        ([*GRAPH, "--epochs", "3", "--units", "8"], "st_unet_plus"),
        ([*GRAPH, "--head", "direct"], "st_unet"),
        ([*GRAPH, "-p", "1"], "st_unet"),
        ([*GRAPH, "--no-sampling"], "st_unet"),
        ([*GRAPH, "--model", "gcgru"], "gcgru"),
        (["freeway"], None),  # the paper's, see `train_model`
    ],
)
def test_own_files_are_for_st_unet_plus_unless_options_say_other(
    words, model, trained
):
    assert trained(words)[0] == model


def test_a_graph_that_the_model_does_not_look_at_is_said(trained):
    said = "--model st_unet goes by it"
    assert said in trained(GRAPH)[1]
    assert said not in trained([*OWN, "--graph", "none"])[1]
    assert said in trained([*GRAPH, "--model", "fnn"])[1]
    assert said not in trained([*GRAPH, "--head", "direct"])[1]


def test_the_options_of_st_unet_alone_are_known():
    options = {
        name: set(MODELS[name].options())
        for name in ("st_unet", "st_unet_plus")
    }
    of_recipe = {field.name for field in dataclasses.fields(Recipe)}
    lacking = options["st_unet"] - options["st_unet_plus"]
    # Not options of the command: the partition and the activation.
    lacking -= {"partition", "activation"}
    assert lacking == set(OF_ST_UNET) - of_recipe - {"no_sampling"}
