"""What the builders have in common: checks of their arguments."""

import inspect
import math
import numbers

import keras

from keras_stunet.checks import PRECISIONS
from keras_stunet.checks import check_choice
from keras_stunet.checks import check_count
from keras_stunet.checks import did_you_mean
from keras_stunet.graph import check_adjacency
from keras_stunet.layers.graph_weights import check_one_source
from keras_stunet.quantiles import check_quantiles

HEADS = ("seq2seq", "direct")
# The columns of times, as `Windows` has them.
CALENDAR = ("time_of_day", "day_of_week")
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
    if not isinstance(config["non_negative"], bool):
        raise ValueError(
            f"`non_negative` is {config['non_negative']!r}; expected True or "
            "False."
        )
    config["targets"] = _checked_targets(config["targets"], config["features"])
    if "head" in config:
        check_choice("head", config["head"], heads)
    config["quantiles"] = check_quantiles(config["quantiles"])
    head = config.get("head", "direct")
    if config["quantiles"] is not None and head != "direct":
        raise ValueError(
            f"`quantiles` is {values['quantiles']!r} with head {head!r}, which "
            "goes on from one forecast; expected "
            '`head="direct"` (--head direct), which gives all steps at once.'
        )
    if "future" in config:
        config["future"] = check_count("future", config["future"], 0)
        if config["future"] and head == "direct":
            raise ValueError(
                f"`future` is {config['future']} with the direct head, which "
                "has one input; expected 0. Give covariates of the steps "
                "ahead as features of the history, as `make_windows` does."
            )
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


def check_sharing(share_weights, head, config):
    """Check `share_weights`, of a decoder that is its encoder again.

    Args:
        share_weights: Whether it is.
        head: The head of the model.
        config: What `check_options` returned.

    Raises:
        ValueError: If it is not True or False, or there is no decoder, or the
            encoder has inputs that a decoder has not.
    """
    if not isinstance(share_weights, bool):
        raise ValueError(
            f"`share_weights` is {share_weights!r}; expected True or False."
        )
    alike = head == "seq2seq" and forecasts_its_inputs(config)
    if share_weights and not alike:
        raise ValueError(
            f"`share_weights` is True with head {head!r} and "
            f"{config['features']} input features, of which "
            f'{config["targets"]} are targets; expected "seq2seq" and all '
            "inputs as targets, in their order: the decoder reads its own "
            "forecasts alone. Forecast all measurements and leave out "
            "calendar inputs, or leave out `share_weights`."
        )


def count_nodes(config, adj):
    """The number of nodes N of a model that takes no more of its graph.

    Args:
        config: What `check_options` returned; its `graph_size` becomes
            `{"nodes": N}`.
        adj: `(N, N)` weights, directed or not; or `None`, with a `graph_size`.

    Raises:
        ValueError: If there is no such graph or size.
    """
    nodes = (config["graph_size"] or {}).get("nodes")
    if adj is not None:
        nodes = check_adjacency(adj, symmetric=False).shape[0]
    nodes = check_count("graph_size['nodes']", nodes, 1)
    config["graph_size"] = {"nodes": nodes}
    return nodes


def check_share(option, value):
    """Raise unless an option is a number from 0 to below 1.

    Raises:
        ValueError: If it is not.
    """
    if not (isinstance(value, numbers.Real) and 0 <= value < 1):
        raise ValueError(
            f"`{option}` is {value!r}; expected a share, from 0 to below 1."
        )


def check_calendar(calendar):
    """The calendar features of a model that knows both or none, as a list.

    Raises:
        ValueError: If it is something else.
    """
    if list(calendar) not in ([], list(CALENDAR)):
        raise ValueError(
            f"`calendar` is {list(calendar)}; expected {list(CALENDAR)}, or "
            "none."
        )
    return list(calendar)


def forecasts_its_inputs(config):
    """Whether the targets of a model are all its inputs, in their order."""
    return config["targets"] == list(range(config["features"]))


def _checked_targets(targets, features):
    try:
        targets = [check_count("targets", i, 0) for i in targets]
    except TypeError:  # not a sequence
        targets = []
    once = len({*targets}) == len(targets) > 0
    if not once or max(targets) >= features:
        raise ValueError(
            f"`targets` is {targets}; expected numbers of the input features "
            f"to forecast, from 0 to {features - 1}, each once."
        )
    return targets


def _checked_dtype(dtype):
    policy = keras.config.dtype_policy() if dtype is None else dtype
    if isinstance(policy, str):
        check_choice("dtype", policy, PRECISIONS)
    return keras.dtype_policies.get(policy)
