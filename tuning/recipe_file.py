"""A point as a recipe file, a record as `keras_stunet.experiments` reads it."""

import dataclasses
import json

from keras_stunet.models import MODELS
from keras_stunet.models.zoo import model_options
from keras_stunet.tuning.space_checks import split_point

OWN = ("seed", "precision")  # asked for with each run


def recipe_text(space, point, search, dataset, note):
    """A recipe file that `train` and `reproduce` take.

    Args:
        space: A `Space` of a model.
        point: `{name: value}` of its grid.
        search: The content of `search.json`.
        dataset: What to train on.
        note: What to know about it.

    Returns:
        Text, TOML.
    """
    entry = MODELS[space.system]
    point = {**point, **space.fixed}
    recipe, options, no_sampling = split_point(space.system, point)
    options = model_options(space.system, options)
    training = dataclasses.asdict(recipe)
    training = {k: v for k, v in training.items() if k not in OWN}
    if entry.takes("sampling_decay"):
        training["no_sampling"] = no_sampling
    head = {
        "row": 1,
        "title": entry.title,
        "dataset": dataset,
        "protocol": search["protocol"],
        "parts": search["parts"],
        "calendar": search["calendar"],
        "model": space.system,
        "seeds": [search["seed"]],
        "note": note,
    }
    free = {k: v for k, v in options.items() if k not in entry.fixed}
    blocks = [_lines(head), "[options]\n" + _lines(free)]
    return "\n\n".join([*blocks, "[training]\n" + _lines(training)])


def _lines(table):
    # TOML has no null: what is not said is the default, which null is here.
    return "\n".join(
        f"{key} = {_value(value)}"
        for key, value in table.items()
        if value is not None
    )


def _value(value):
    """A value in TOML.

    >>> _value([1, 0.5, True, "a", float("inf")])
    '[1, 0.5, true, "a", inf]'
    """
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(map(_value, value))}]"
    if isinstance(value, float):
        return repr(value)  # "inf", and a point or an exponent
    return json.dumps(value)
