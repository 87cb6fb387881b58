"""A model of the zoo, built for the data and the recipe that it is to meet."""

import keras

from keras_stunet.graph import symmetrise
from keras_stunet.messages import warn_user
from keras_stunet.models import MODELS
from keras_stunet.models import build_model
from keras_stunet.training.recipe import check_loss
from keras_stunet.training.recipe import sampling_decay
from keras_stunet.training.transfer import take_weights


def graph_for(model, series):
    """The adjacency that a model takes of a series.

    A directed graph is made undirected by the maximum of both directions,
    unless the model is made for directed ones.
    """
    if MODELS[model].directed:
        return series.adjacency
    return symmetrise(series.adjacency, "max")


def make_network(
    model, options, recipe, series, splits, no_sampling=False, parent=None
):
    """Build a model as a training starts with it, weight by weight.

    Args:
        model: A key of `MODELS`.
        options: Arguments of its builder; those that follow from its name may
            be among them.
        recipe: A `Recipe`. Its seed is set for all of Keras.
        series: The `Series`, for the graph.
        splits: `Splits` of it.
        no_sampling: Whether a decoder is trained without teacher forcing.
        parent: A `Parent`, whose model is taken as it is; of one of other
            sensors the weights that know none of them, which a warning says.

    Returns:
        The model, not compiled.

    Raises:
        ValueError: For an option out of range, a graph that it does not fit,
            targets that the loss does not, several measurements where it is
            made for one, readings below 0 where forecasts are kept above, or
            a parent of other measurements or steps.
    """
    if parent is not None:
        parent.check_series(series, splits.train.minutes_per_step)
        if not parent.has_others(series):
            keras.utils.set_random_seed(recipe.seed)
            return parent.load_model()
    entry = MODELS[model]
    train = splits.train
    if not entry.takes("targets") and train.num_measurements > 1:
        raise ValueError(
            f"Model {model!r} is made for one measurement, and the series has "
            f"{train.num_measurements}: its builder takes no `targets`. Select "
            "one, or take another model."
        )
    check_loss(recipe, len(train.targets), options.get("quantiles"))
    if options.get("non_negative"):
        _check_non_negative(train)
    given = {"seed": recipe.seed}
    steps = recipe.steps_per_epoch(len(train)) * recipe.epochs
    decay = sampling_decay(steps, recipe.sampling_half)
    given["sampling_decay"] = 0.0 if no_sampling else decay
    keras.utils.set_random_seed(recipe.seed)
    network = build_model(
        model,
        graph_for(model, series),
        **{k: x for k, x in options.items() if k not in entry.fixed},
        **{k: x for k, x in given.items() if entry.takes(k)},
        **given_by_windows(entry, splits),
        mean=splits.mean,
        std=splits.std,
        dtype=recipe.precision,
        name=model,
    )
    if parent is not None:
        said = take_weights(network, parent.load_model(), parent.folder)
        warn_user(
            f"{series.name!r} has other sensors than the run in "
            f"{parent.folder}: {said}."
        )
    return network


def given_by_windows(entry, splits):
    """The arguments of a builder that say what the windows hold.

    Args:
        entry: A `ZooModel`.
        splits: `Splits`.
    """
    train, profile = splits.train, splits.profile
    given = {
        "targets": train.targets,
        "calendar": train.calendar,
        "covariates": len(train.covariate_names),
        "static": len(train.static_names),
        "future": train.num_future_features,
        "profile": None if profile is None else profile.table,
    }
    taken = {name: x for name, x in given.items() if entry.takes(name)}
    return {**taken, "features": train.num_features}


def _check_non_negative(train):
    readings = train.targets_of(train.values[train.covered_rows()])
    least = readings.min(axis=(0, 1))
    for target, value in zip(train.target_names, least, strict=True):
        if value < 0:
            raise ValueError(
                f"`non_negative` is True, and target {target!r} has readings "
                f"below 0 in the training part, the least {value:g}. Leave "
                "it out, or leave out what is no reading."
            )
