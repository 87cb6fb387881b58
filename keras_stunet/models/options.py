"""What the builders have in common: checks of their arguments."""

import inspect
import math
import numbers

import keras

from keras_stunet.checks import PRECISIONS
from keras_stunet.checks import check_choice
from keras_stunet.checks import check_count
from keras_stunet.checks import did_you_mean
from keras_stunet.layers.graph_weights import check_one_source

HEADS = ("seq2seq", "direct")
COUNTS = ("K", "history", "horizon", "features", "units", "layers")


def check_options(builder, values, heads=HEADS):
    """Check the arguments that builders share, before anything is built.

    Args:
        builder: The builder, whose last parameter is `**unknown`.
        values: Its arguments by name, `locals()` on its first line.
        heads: What its argument `head` may be.

    Returns:
        The arguments as a config, ready for JSON as far as they are checked
        here and without the graph (`adj=None`); and Keras' dtype policy.

    Raises:
        TypeError: For an unknown option; the nearest one is offered.
        ValueError: For an option out of range, or none or both of `adj` and
            `graph_size`.
    """
    config = {**values, "adj": None}
    for option in config.pop("unknown"):
        known = list(inspect.signature(builder).parameters)[:-1]
        raise TypeError(
            f"{builder.__name__} has no option {option!r}; its options are "
            f"{', '.join(known)}.{did_you_mean(option, known)}"
        )
    check_one_source(values["adj"], values["graph_size"], "adj", "graph_size")
    for option in COUNTS:
        if option in config:
            config[option] = check_count(option, config[option], 1)
    if "head" in config:
        check_choice("head", config["head"], heads)
    decay = config.get("sampling_decay", 0)
    real = isinstance(decay, numbers.Real)
    if not (real and 0 <= decay < math.inf):
        raise ValueError(
            f"`sampling_decay` is {decay!r}; expected a number of batches, 0 "
            "or above."
        )
    policy = _checked_dtype(config["dtype"])
    config["dtype"] = keras.dtype_policies.serialize(policy)
    return config, policy


def check_sharing(share_weights, head, features):
    """Check `share_weights`, of a decoder that is its encoder again.

    Raises:
        ValueError: If it is not True or False, or there is no decoder, or the
            encoder has inputs that a decoder has not.
    """
    if not isinstance(share_weights, bool):
        raise ValueError(
            f"`share_weights` is {share_weights!r}; expected True or False."
        )
    if share_weights and (head != "seq2seq" or features != 1):
        raise ValueError(
            f"`share_weights` is True with head {head!r} and {features} input "
            'features; expected "seq2seq" and 1: the decoder reads its own '
            "forecasts alone. Leave out calendar inputs, or `share_weights`."
        )


def _checked_dtype(dtype):
    policy = keras.config.dtype_policy() if dtype is None else dtype
    if isinstance(policy, str):
        check_choice("dtype", policy, PRECISIONS)
    return keras.dtype_policies.get(policy)
