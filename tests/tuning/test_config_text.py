"""A point as a recipe file, and back: nothing is lost on the way."""

import json

import pytest

from keras_stunet.experiments import config_checks
from keras_stunet.experiments import read_config
from keras_stunet.models.registry import model_options
from keras_stunet.training.recipe import Recipe
from keras_stunet.tuning.report import config_text
from keras_stunet.tuning.space import SPACES
from keras_stunet.tuning.space import read_spaces
from keras_stunet.tuning.space_checks import split_point

SEARCH = {"protocol": "days", "parts": [34, 5, 5], "calendar": [], "seed": 3}


def few_points(space):
    """The published one, and one with the last value of each name."""
    for place in (0, -1):
        yield {name: values[place] for name, values in space.grid.items()}


def plain(options):
    return json.loads(json.dumps(options))  # tuples become lists


@pytest.mark.parametrize(
    "path", sorted(SPACES.glob("*.toml")), ids=lambda path: path.stem
)
def test_a_recipe_file_says_all_of_a_point(tmp_path, path, monkeypatch):
    # Whether models can be built of them is another question, and slow.
    monkeypatch.setattr(config_checks, "_check_model", lambda *_: None)
    file = tmp_path / "recipe.toml"
    for space in read_spaces(path.stem):
        for point in few_points(space):
            file.write_text(
                config_text(space, point, SEARCH, "pemsd7/m", "A note.")
            )
            config = read_config(file)
            assert (config.system, config.seeds) == (space.system, (3,))
            point = {**point, **space.fixed}
            if space.classical:
                assert plain(config.options) == plain(point)
                continue
            recipe, options, no_sampling = split_point(space.system, point)
            training = dict(config.training)
            assert training.pop("no_sampling", False) == no_sampling
            assert Recipe(**training) == recipe
            found = model_options(space.system, config.options)
            expected = model_options(space.system, options)
            assert plain(found) == plain(expected)
