"""What the command says of itself."""

import click.testing
import pytest

from keras_stunet.cli import main


def test_help_names_the_backend_and_every_default():
    result = click.testing.CliRunner().invoke(main, ["--help"])
    assert "KERAS_BACKEND" in result.output
    options = click.testing.CliRunner().invoke(main, ["train", "-h"]).output
    assert options.count("default:") > 12


@pytest.mark.parametrize(
    "command", ["", "train", "evaluate", "forecast", "datasets"]
)
def test_examples_of_the_help_can_be_copied(command):
    words = [*command.split(), "--help"]
    help_text = click.testing.CliRunner().invoke(main, words).output
    assert "\\b" not in help_text
    examples = [line.strip() for line in help_text.splitlines()]
    examples = [x for x in examples if x.startswith("keras-stunet ")]
    assert examples
    for example in examples:
        assert example.split()[1] in main.commands
