"""The presets of the package score as their cards say."""

import os

import pytest

from keras_stunet.models.presets import preset_names
from keras_stunet.models.presets import read_metadata
from keras_stunet.training import evaluate_run
from keras_stunet.training import load_run


@pytest.mark.long
@pytest.mark.skipif(
    not os.environ.get("KERAS_STUNET_RAW_DIR"),
    reason="KERAS_STUNET_RAW_DIR names no raw files",
)
@pytest.mark.parametrize("name", preset_names())
def test_a_preset_scores_as_its_card_says(name):
    stated = read_metadata(name)["metrics"]["test"]["model"]
    found = evaluate_run(load_run(name))["model"]
    for step, errors in stated.items():
        step = step if step == "all" else int(step)
        assert found[step]["mae"] == pytest.approx(errors["mae"], abs=0.002)


@pytest.mark.parametrize("name", preset_names())
def test_a_card_has_the_scores_and_the_licence(name):
    metadata = read_metadata(name)
    assert metadata["licence"]
    environment = metadata["metrics"]["environment"]
    assert "dirty" not in environment["commit"]
