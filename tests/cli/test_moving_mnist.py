"""`keras-stunet moving-mnist` and `moving-mnist-figure`: parsing."""

import inspect

import click.testing
import pytest

from keras_stunet.cli import main
from keras_stunet.moving_mnist import pictures as moving_mnist_pictures
from keras_stunet.moving_mnist import train as moving_mnist_run

TRAIN = moving_mnist_run.train_moving_mnist


def run(*arguments):
    return click.testing.CliRunner().invoke(main, arguments)


@pytest.fixture
def called(monkeypatch):
    """What the functions behind the commands are called with."""
    calls = []

    def train(*arguments, **options):
        calls.append((arguments, options))
        return "| a table |"

    def compare(*arguments, **options):
        calls.append((arguments, options))
        return ["both.png", "both.svg", "both.gif"]

    monkeypatch.setattr(moving_mnist_run, "train_moving_mnist", train)
    monkeypatch.setattr(moving_mnist_pictures, "compare_moving_mnist", compare)
    return calls


def test_defaults_are_those_of_the_function(called):
    result = run("moving-mnist", "--out", "runs/x")
    assert result.exit_code == 0, result.output
    assert "| a table |" in result.output and "in runs/x/:" in result.output
    (arguments, options) = called[0]
    assert arguments == ("runs/x",)
    parameters = inspect.signature(TRAIN).parameters
    defaults = {k: p.default for k, p in list(parameters.items())[1:]}
    assert options.items() <= defaults.items()
    unsaid = defaults.keys() - options.keys()
    assert unsaid == {"raw_dir", "data_dir", "learning_rate"}


def test_every_option_arrives(called):
    words = "--model gcgru --size 32 --sequences 50 --units 8 -K 2 --epochs 3"
    words += " --batch-size 4 --learning-rate 0.1 --seed 7 --resume --quiet"
    words += " --precision mixed_bfloat16 --raw-dir raw --data-dir data"
    result = run("moving-mnist", "--out", "x", *words.split())
    assert result.exit_code == 0 and result.output == ""
    assert called[0][1] == {
        **{"model": "gcgru", "size": 32, "sequences": 50, "units": 8, "K": 2},
        **{"epochs": 3, "batch_size": 4, "learning_rate": 0.1, "seed": 7},
        **{"resume": True, "progress": False, "raw_dir": "raw"},
        **{"precision": "mixed_bfloat16", "data_dir": "data"},
    }


def test_the_figure_names_its_files(called):
    words = "moving-mnist-figure a b --out both --sequence 3 --raw-dir raw"
    result = run(*words.split())
    assert result.output == "both.png\nboth.svg\nboth.gif\n"
    options = {"sequence": 3, "raw_dir": "raw", "data_dir": None}
    assert called == [((("a", "b"), "both"), options)]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("moving-mnist", "Missing option '--out'"),
        ("moving-mnist --out x --size 28", "'28' is not one of"),
        ("moving-mnist --out x --model gcrnn", "Did you mean 'gcgru'?"),
        ("moving-mnist-figure --out x", "Missing argument 'RUNS"),
        ("moving-mnist-figure a", "Missing option '--out'"),
    ],
)
def test_a_wrong_option_is_a_usage_error(called, words, message):
    result = run(*words.split())
    assert result.exit_code == 2 and message in result.output
    assert not called


def test_an_error_is_one_line(tmp_path):
    result = run("moving-mnist-figure", str(tmp_path), "--out", "x")
    assert result.exit_code == 1
    assert result.output.startswith("Error: There is no config.json in")


def test_ctrl_c_says_how_to_go_on(tmp_path, monkeypatch):
    def interrupted(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(moving_mnist_run, "train_moving_mnist", interrupted)
    (tmp_path / "checkpoint.npz").touch()
    result = run("moving-mnist", "--out", str(tmp_path))
    assert result.exit_code == 130
    assert str(tmp_path) in result.output and "--resume" in result.output


@pytest.mark.parametrize("command", ["moving-mnist", "moving-mnist-figure"])
def test_examples_of_the_help_can_be_copied(command):
    text = run(command, "--help").output
    examples = [line.strip() for line in text.splitlines()]
    examples = [x for x in examples if x.startswith("keras-stunet ")]
    assert examples and "\\b" not in text
    for example in examples:
        name, *words = example.split()[1:]
        main.commands[name].make_context(name, words)  # parses
