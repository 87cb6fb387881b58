"""Whether the points of a space are configurations of its system."""

from keras_stunet.baselines import CLASSICAL
from keras_stunet.baselines import make_classical
from keras_stunet.checks import did_you_mean
from keras_stunet.experiments.config_checks import SAMPLING
from keras_stunet.experiments.config_checks import TRAINING
from keras_stunet.experiments.config_checks import WINDOW
from keras_stunet.experiments.config_checks import make_recipe
from keras_stunet.models import MODELS
from keras_stunet.models import build_model
from keras_stunet.training.network import given_by_windows
from keras_stunet.training.network import graph_for
from keras_stunet.training.runs.run_data import with_defaults

OBJECTIVES = {"val_mae": "validation MAE", "val_loss": "validation loss"}


def check_space(space, objective="val_mae"):
    """Raise a ValueError unless names exist and recipes make sense.

    What only a built model can tell, `check_builds` says.

    Args:
        space: A `Space`.
        objective: What is made least, one of `OBJECTIVES`.
    """
    if objective not in OBJECTIVES:
        raise ValueError(
            f"The objective is {objective!r}; expected one of "
            f"{', '.join(OBJECTIVES)}: the test split chooses nothing."
            f"{did_you_mean(objective, OBJECTIVES)}"
        )
    if space.classical and objective != "val_mae":
        raise ValueError(
            f"{space.system} has no {objective!r}: it is fitted without a "
            "loss. Take val_mae, or leave it out."
        )
    known = option_names(space)
    for name in [*space.grid, *space.fixed]:
        if name not in known:
            raise ValueError(
                f"{space.system} has no option {name!r}; expected some of "
                f"{', '.join(known)}.{did_you_mean(name, known)}"
            )
        if name in space.grid and name in space.fixed:
            raise ValueError(
                f"`{name}` of {space.system} is in the grid and fixed; leave "
                "it out in one of them."
            )
        if name in space.grid and name in WINDOW:
            raise ValueError(
                f"`{name}` of {space.system} is in the grid, but errors over "
                "different windows cannot be compared. Fix it."
            )
    for point in one_by_one(space):
        if space.classical:
            make_point(space.system, point)
        else:
            split_point(space.system, point)


def check_builds(space, series, splits):
    """Raise a ValueError unless a model can be built with each value.

    Args:
        space: A `Space` of a model.
        series: The `Series` that it is to be trained on.
        splits: `Splits` of it.
    """
    given = given_by_windows(MODELS[space.system], splits)
    given |= {"mean": splits.mean, "std": splits.std}
    for point in one_by_one(space):
        _, options, _ = split_point(space.system, point)
        try:
            build_model(
                space.system,
                graph_for(space.system, series),
                **given,
                **options,
            )
        except (TypeError, ValueError) as error:
            changed = space.changes({k: point[k] for k in space.grid})
            raise ValueError(
                f"{space.system} cannot be built with "
                f"{changed or 'the first values'}: {error}"
            ) from error


def one_by_one(space):
    """Points, with what is fixed, that hold each value of the grid once."""
    count = 1 + sum(len(values) - 1 for values in space.grid.values())
    return [{**point, **space.fixed} for point in space.points(count)]


def option_names(space):
    """Names that the grid may hold, sorted."""
    if space.classical:
        return sorted({*CLASSICAL[space.system].options(), *WINDOW})
    entry = MODELS[space.system]
    names = {*entry.options(), *TRAINING}
    return sorted(names if entry.takes("sampling_decay") else names - SAMPLING)


def with_data_defaults(space, dataset):
    """The space with the widths that a data set's protocol asks for."""
    given = {*space.grid, *space.fixed}
    if space.classical or not MODELS[space.system].published_units:
        return space
    if "units" in given:
        return space
    nothing = dict.fromkeys(("protocol", "parts", "calendar", "units"))
    units = with_defaults(dataset, **nothing)["units"]
    return space._replace(fixed={**space.fixed, "units": units})


def split_point(system, point, **given):
    """A point of a model as what trains it.

    Args:
        system: A key of `MODELS`.
        point: `{name: value}`, with what is fixed.
        **given: Seed and precision of the `Recipe`.

    Returns:
        The `Recipe`, the options of the builder, and `no_sampling`.

    Raises:
        ValueError: If a field of the recipe is out of range.
    """
    training = {k: v for k, v in point.items() if k in TRAINING}
    options = {k: v for k, v in point.items() if k not in TRAINING}
    recipe, no_sampling = make_recipe(system, training, **given)
    return recipe, options, no_sampling


def make_point(system, point):
    """A classical system that is not fitted, with the options of a point."""
    options = {k: v for k, v in point.items() if k not in WINDOW}
    return make_classical(system, **options)
