"""What an experiment config may say."""

import contextlib
import dataclasses
import functools
import json
import math

from keras_stunet.baselines import CLASSICAL
from keras_stunet.baselines import make_classical
from keras_stunet.checks import check_choice
from keras_stunet.checks import check_count
from keras_stunet.checks import did_you_mean
from keras_stunet.data.calendar import CALENDAR
from keras_stunet.data.catalog import find_source
from keras_stunet.data.protocols import find_protocol
from keras_stunet.data.protocols import three_parts
from keras_stunet.models.registry import MODELS
from keras_stunet.models.registry import check_model
from keras_stunet.models.registry import model_options
from keras_stunet.training.recipe import Recipe
from keras_stunet.training.recipe import losses_of_readings
from keras_stunet.training.recipe import without_gone

KEYS = {
    "row": int,
    "title": str,
    "dataset": str,
    "protocol": str,
    "parts": list,
    "calendar": list,
    "model": str,
    "classical": str,
    "same_run": str,
    "seeds": list,
    "note": str,
    "options": dict,
    "training": dict,
    "published": dict,
}
ALWAYS = {"row", "title"}
OWN_RUN = {"dataset", "protocol", "calendar", "seeds"}
WITH_SAME_RUN = ALWAYS | {"same_run", "note", "published"}
# A run has the seed and the precision that it is asked for.
TRAINING = {field.name for field in dataclasses.fields(Recipe)}
TRAINING = TRAINING - {"seed", "precision"} | {"no_sampling"}
SAMPLING = {"no_sampling", "sampling_half"}  # of models with a decoder
WINDOW = ("history", "horizon")  # of any system


@contextlib.contextmanager
def naming_file(path):
    """Put the file's name before the message of a ValueError."""
    try:
        yield
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from error


def check_keys(content):
    """Raise a ValueError unless keys and types are those of a config."""
    for key, value in content.items():
        _check_known("key", key, KEYS)
        if not isinstance(value, KEYS[key]) or isinstance(value, bool):
            raise ValueError(
                f"`{key}` is {value!r}; expected a value of type "
                f"{KEYS[key].__name__}."
            )
    check_count("row", content.get("row", 1), 1)
    same = "same_run" in content
    needed = ALWAYS | (set() if same else OWN_RUN)
    for key in sorted(needed - content.keys()):
        raise ValueError(f"`{key}` is missing.")
    for key in sorted(content.keys() - WITH_SAME_RUN) if same else ():
        raise ValueError(
            f"`{key}` is given beside `same_run`, whose config says it. Leave "
            "one of them out."
        )
    if not same and ("model" in content) == ("classical" in content):
        raise ValueError("Expected one of `model` and `classical`.")


def check_run(content, own=False, build=True):
    """Raise a ValueError unless the run that a config asks for is possible.

    Args:
        content: Of the file.
        own: Whether it may name data of one's own.
        build: As in `read_config`; names of options are checked anyway.
    """
    if not own:
        find_source(content["dataset"])
    find_protocol(content["protocol"])
    if "parts" in content:
        three_parts("parts", content["parts"])
    for name in content["calendar"]:
        check_choice("calendar", name, CALENDAR)
    seeds = content["seeds"]
    for seed in seeds:
        check_count("seeds", seed, 0)
    if not seeds or len(set(seeds)) < len(seeds):
        raise ValueError(f"`seeds` is {seeds}; expected some, each once.")
    if "classical" in content:
        _check_fitted(content)
    else:
        _check_trained(content, build)


def _check_fitted(content):
    system = content["classical"]
    check_choice("classical", system, tuple(CLASSICAL))
    for key in ("training", "calendar"):
        if content.get(key):
            raise ValueError(
                f"`{key}` is {content[key]!r}; expected none, for {system!r} "
                "is fitted in one go, to the readings alone."
            )
    options = dict(content.get("options", {}))
    for key in WINDOW:
        if key in options:
            check_count(key, options.pop(key), 1)
    make_classical(system, **options)


def _check_trained(content, build):
    model, options = content["model"], content.get("options", {})
    if build:
        options = json.dumps(options, default=str)  # dates
        _check_model(model, options, tuple(content["calendar"]))
    else:
        model_options(model, options)
    training = without_gone(content.get("training", {}))
    for key in training:
        _check_known("training option", key, TRAINING)
    make_recipe(model, training)


def make_recipe(model, training, **given):
    """The `Recipe` of a training, and its `no_sampling`.

    Args:
        model: A key of `MODELS`.
        training: Fields of `Recipe`, and perhaps `no_sampling`.
        **given: Seed and precision.

    Raises:
        ValueError: For a value out of range, or that the model has no use for.
    """
    recipe = dict(training)
    no_sampling = recipe.pop("no_sampling", False)
    if not isinstance(no_sampling, bool):
        raise ValueError(
            f"`no_sampling` is {no_sampling!r}; expected true or false."
        )
    for key in SAMPLING & training.keys():
        if not MODELS[model].takes("sampling_decay"):
            raise ValueError(
                f"`{key}` is given, but model {model!r} has no decoder. Leave "
                "it out."
            )
    loss = recipe.get("loss", Recipe.loss)
    check_choice("loss", loss, losses_of_readings())
    recipe = {**MODELS[model].recipe, **recipe}
    return Recipe(**recipe, **given), no_sampling


@functools.cache
def _check_model(model, options, calendar):
    # A tenth of a second each, and configs are read again and again.
    check_model(model, json.loads(options), 1 + len(calendar), calendar)


def check_published(published, metrics, count):
    """Raise a ValueError unless these are scores, with their source."""
    means = list(metrics)
    deviations = [f"{metric}_sd" for metric in metrics]
    for key, values in published.items():
        _check_known("published key", key, ["source", *means, *deviations])
        if key == "source":
            continue
        numbers = isinstance(values, list) and all(
            isinstance(value, (int, float))
            and not isinstance(value, bool)
            and 0 <= value < math.inf
            for value in values
        )
        if not numbers or len(values) != count:
            raise ValueError(
                f"`published.{key}` is {values!r}; expected {count} numbers, "
                "0 or above."
            )
    for mean, deviation in zip(means, deviations, strict=True):
        if deviation in published and mean not in published:
            raise ValueError(f"`published.{deviation}` stands without {mean}.")
    if published and not isinstance(published.get("source"), str):
        raise ValueError("`published.source` is missing: say where they stand.")


def _check_known(what, key, known):
    if key not in known:
        raise ValueError(
            f"{key!r} is no {what} of an experiment config; expected some of "
            f"{', '.join(sorted(known))}.{did_you_mean(key, list(known))}"
        )
