"""The models by name: one registry for commands, tests and benchmarks."""

import inspect
import math
import numbers
from collections.abc import Callable
from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

import numpy as np

from keras_stunet.checks import check_choice
from keras_stunet.checks import check_count
from keras_stunet.checks import did_you_mean
from keras_stunet.models.dcrnn import build_dcrnn
from keras_stunet.models.fc_lstm import build_fc_lstm
from keras_stunet.models.fnn import build_fnn
from keras_stunet.models.gcgru import build_gcgru
from keras_stunet.models.graph_wavenet import build_graph_wavenet
from keras_stunet.models.st_unet import build_st_unet
from keras_stunet.models.st_unet_plus import build_st_unet_plus
from keras_stunet.models.stgcn import build_stgcn
from keras_stunet.models.stid import build_stid

# Arguments of the builders that follow from the data and the training.
GIVEN = {
    "adj",
    "features",
    "targets",
    "calendar",
    "covariates",
    "static",
    "future",
    "profile",
    "profile_size",
    "mean",
    "std",
    "sampling_decay",
    "seed",
    "graph_size",
    "dtype",
    "name",
    "unknown",
}


_MOST_ROUNDS = 8  # of pooling that `check_model` tries
# Recurrences take any number of steps: `check_model` unrolls no more than one.
_ONE_STEP = MappingProxyType({"history": 1, "horizon": 1})


class ZooModel(NamedTuple):
    """A model by name.

    Attributes:
        title: What the paper calls it.
        build: Its builder, with the leading arguments of `build_st_unet`.
        fixed: Arguments of the builder that the name stands for.
        directed: Whether it takes a directed graph as it is; the others need
            it symmetric.
        trial: Arguments under which it is tried out by `check_model`, where
            the true ones would take long and prove no more.
        recipe: Fields of `Recipe` that it is trained with by default.
        published_units: Whether `units` is by default the width that a data
            set's published protocol names.
    """

    title: str
    build: Callable
    fixed: Mapping = MappingProxyType({})
    directed: bool = False
    trial: Mapping = MappingProxyType({})
    recipe: Mapping = MappingProxyType({})
    published_units: bool = False

    def options(self):
        """Names of the builder's free arguments, with their defaults."""
        parameters = inspect.signature(self.build).parameters
        return {
            name: parameter.default
            for name, parameter in parameters.items()
            if name not in GIVEN and name not in self.fixed
        }

    def takes(self, argument):
        """Whether the builder has an argument of this name."""
        return argument in inspect.signature(self.build).parameters

    def takes_future(self, head=None):
        """Whether covariates of the steps ahead are a second input.

        Args:
            head: Its `head`, where it has several.
        """
        decoder = self.takes("future") and head == "seq2seq"
        return self.takes("covariates") or decoder


def _u_shaped(title, **fixed):
    return ZooModel(
        title, build_st_unet, fixed, trial=_ONE_STEP, published_units=True
    )


# Named again in cli/train_options.py, perhaps in cli/own_data.py, and in
# models/__init__.py: docs/own_model.md.
MODELS = {
    "st_unet": _u_shaped("ST-UNet"),
    "t_unet": _u_shaped("T-UNet", p=0),
    "s_unet": _u_shaped("S-UNet", s=1),
    # Table 2's: the U without pooling and dilation, of the same widths.
    "gcgru_ablation": _u_shaped("GCGRU (ablation)", p=0, s=1),
    "gcgru": ZooModel("GCGRU", build_gcgru, trial=_ONE_STEP),
    "stgcn": ZooModel(
        "STGCN",
        build_stgcn,
        {"convolution": "chebyshev"},
        trial={"horizon": 1},
    ),
    "stgcn_1st": ZooModel(
        "STGCN (first order)",
        build_stgcn,
        {"convolution": "first_order", "K": 2},
        trial={"horizon": 1},
    ),
    "dcrnn": ZooModel("DCRNN", build_dcrnn, directed=True, trial=_ONE_STEP),
    "fc_lstm": ZooModel("FC-LSTM", build_fc_lstm, trial=_ONE_STEP),
    "fnn": ZooModel("FNN", build_fnn),
    "stid": ZooModel(
        "STID",
        build_stid,
        directed=True,
        # Its published training, 100 epochs of which the first is the fastest.
        recipe=MappingProxyType(
            {
                "epochs": 100,
                "batch_size": 32,
                "learning_rate": 2e-3,
                "decay": 0.5,
                "decay_at": (0.01, 0.5, 0.8),
                "loss": "mae",
                "clipnorm": math.inf,
                "epsilon": 1e-8,
            }
        ),
    ),
    "graph_wavenet": ZooModel(
        "Graph WaveNet",
        build_graph_wavenet,
        directed=True,
        recipe=MappingProxyType(
            {
                "epochs": 100,
                "batch_size": 64,
                "learning_rate": 1e-3,
                "decay_at": (),
                "loss": "mae",
                "clipnorm": 5.0,
                "epsilon": 1e-8,
            }
        ),
    ),
    "st_unet_plus": ZooModel(
        "ST-UNet+",
        build_st_unet_plus,
        directed=True,
        recipe=MappingProxyType(
            {
                "epochs": 14,
                "batch_size": 32,
                "learning_rate": 2e-3,
                "decay_at": (),
                "ema_momentum": 0.999,
                "loss": "l1",
            }
        ),
    ),
}


def model_options(model, options):
    """All arguments that a model is built with, but for `GIVEN`.

    Args:
        model: A key of `MODELS`.
        options: Those that differ from the builder's defaults.

    Raises:
        ValueError: For an unknown model or option (the nearest is offered),
            or an option that the name of the model fixes.
    """
    check_choice("model", model, tuple(MODELS))
    entry = MODELS[model]
    known = entry.options()
    for option in options:
        if option in entry.fixed:
            raise ValueError(
                f"Model {model!r} stands for {option}={entry.fixed[option]!r}; "
                f"leave `{option}` out, or take another model."
            )
        if option not in known:
            raise ValueError(
                f"Model {model!r} has no option {option!r}; its options are "
                f"{', '.join(known)}.{did_you_mean(option, known)}"
            )
    return {**known, **entry.fixed, **options}


def check_model(model, options, features=1, calendar=(), covariates=0):
    """Raise unless a model can be built with these options on some graph.

    It is built once on a short path of nodes, which takes a fraction of a
    second: before data are read. Only a `p` too deep for the real graph is
    found later.

    Args:
        model: A key of `MODELS`.
        options: As in `model_options`.
        features: Number of input features.
        calendar: The calendar features among them.
        covariates: Number of covariates among them.

    Returns:
        What `model_options` returns.

    Raises:
        ValueError: For an unknown model or option, or a value that is out of
            range or of a wrong type.

    Example:
    >>> check_model("fnn", {"units": 0})
    Traceback (most recent call last):
    ...
    ValueError: `units` is 0; expected ...
    """
    options = model_options(model, options)
    for name in ("history", "horizon"):
        check_count(name, options[name], 1)
    small = {**options, **MODELS[model].trial}
    if MODELS[model].takes("calendar"):
        small["calendar"] = calendar
    if MODELS[model].takes("covariates"):
        small["covariates"] = covariates
    p = options.get("p", 0)
    numbers_of_p = [n for n in np.ravel(p) if isinstance(n, numbers.Integral)]
    rounds = sum(n for n in numbers_of_p if n > 0)
    if rounds > _MOST_ROUNDS:
        small["p"], rounds = 1, 1
    nodes = 2 ** max(1, rounds)
    path = np.eye(nodes, k=1) + np.eye(nodes, k=-1)
    try:
        build_model(model, path, features=features, **small)
    except TypeError as error:
        raise ValueError(
            f"Model {model!r} cannot be built with {options}: {error}"
        ) from error
    return options


def build_model(model, adj, **options):
    """Build a model by name.

    Args:
        model: A key of `MODELS`.
        adj: `(N, N)` adjacency, symmetric unless the model is `directed`.
        **options: Arguments of its builder.

    Returns:
        A `keras.Model` from `(B, history, N, F)` to `(B, horizon, N, D_out)`.

    Raises:
        TypeError: For an unknown option.
        ValueError: For an unknown model or a bad option.

    Example:
    >>> model = build_model("t_unet", [[0, 1], [1, 0]], history=3, units=2)
    >>> model.output_shape
    (None, 12, 2, 1)
    """
    check_choice("model", model, tuple(MODELS))
    entry = MODELS[model]
    return entry.build(adj, **{**entry.fixed, **options})
