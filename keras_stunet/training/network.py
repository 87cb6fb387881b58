"""A model of the zoo, built for the data and the recipe that it is to meet."""

import keras

from keras_stunet.graph import symmetrise
from keras_stunet.models import MODELS
from keras_stunet.models import build_model
from keras_stunet.training.recipe import sampling_decay


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
        parent: A `Parent`, whose model is taken as it is.

    Returns:
        The model, not compiled.

    Raises:
        ValueError: For an option out of range, or a graph that it does not
            fit.
    """
    if parent is not None:
        keras.utils.set_random_seed(recipe.seed)
        return parent.load_model()
    entry = MODELS[model]
    given = {"seed": recipe.seed}
    steps = recipe.steps_per_epoch(len(splits.train)) * recipe.epochs
    decay = sampling_decay(steps, recipe.sampling_half)
    given["sampling_decay"] = 0.0 if no_sampling else decay
    keras.utils.set_random_seed(recipe.seed)
    return build_model(
        model,
        graph_for(model, series),
        **{k: x for k, x in options.items() if k not in entry.fixed},
        **{k: x for k, x in given.items() if entry.takes(k)},
        features=splits.train.num_features,
        mean=splits.mean,
        std=splits.std,
        dtype=recipe.precision,
        name=model,
    )
