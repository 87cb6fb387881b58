"""A point as a recipe file, a config as `keras_stunet.experiments` reads it."""

import dataclasses
import json

from keras_stunet.baselines import CLASSICAL
from keras_stunet.models import MODELS
from keras_stunet.models.registry import model_options
from keras_stunet.tuning.space_checks import split_point

OWN = ("seed", "precision")  # asked for with each run


def recipe_text(space, point, search, dataset, note):
    """A recipe file that `train` and `reproduce` take.

    A system that is fitted, and not trained, is for `reproduce` alone.

    Args:
        space: A `Space`.
        point: `{name: value}` of its grid.
        search: The content of `search.json`.
        dataset: What to train on.
        note: What to know about it.

    Returns:
        Text, TOML.
    """
    point = {**point, **space.fixed}
    if space.classical:
        title, kind = CLASSICAL[space.system].title, "classical"
        calendar, blocks = [], {"options": point}
    else:
        title, kind = MODELS[space.system].title, "model"
        calendar, blocks = search["calendar"], _trained(space.system, point)
    head = {
        "row": 1,
        "title": title,
        "dataset": dataset,
        "protocol": search["protocol"],
        "parts": search["parts"],
        "calendar": calendar,
        kind: space.system,
        "seeds": [search["seed"]],
        "note": note,
    }
    parts = [f"[{name}]\n{_lines(table)}" for name, table in blocks.items()]
    return "\n\n".join([_lines(head), *parts])


def _trained(system, point):
    entry = MODELS[system]
    recipe, options, no_sampling = split_point(system, point)
    options = model_options(system, options)
    training = dataclasses.asdict(recipe)
    training = {k: v for k, v in training.items() if k not in OWN}
    if entry.takes("sampling_decay"):
        training["no_sampling"] = no_sampling
    else:
        del training["sampling_half"]
    free = {k: v for k, v in options.items() if k not in entry.fixed}
    return {"options": free, "training": training}


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
