"""What a model scales, and which of its inputs it forecasts."""

from typing import NamedTuple

import numpy as np
from keras import ops

from keras_stunet.layers import Denormalise
from keras_stunet.layers import Normalise


class Scaler(NamedTuple):
    """The layers between original and standard units.

    Attributes:
        normalise: `Normalise`, of the inputs.
        targets: `Normalise`, of the targets that a decoder is fed with.
        denormalise: `Denormalise`, of the forecast.
        outputs: Number D_out of targets.
    """

    normalise: Normalise
    targets: Normalise
    denormalise: Denormalise
    outputs: int


def make_scaler(config, num_nodes):
    """The `Scaler` that the arguments of a builder ask for.

    Args:
        config: The arguments, as `check_options` returns them; `mean` and
            `std` among them take their form in JSON.
        num_nodes: Number of nodes N.

    Returns:
        A `Scaler`.

    Raises:
        ValueError: If `mean` or `std` does not fit the features and nodes, or
            a target is no measurement.
    """
    mean, std = (np.asarray(config[key], "float64") for key in ("mean", "std"))
    normalise = Normalise(mean, std, name="normalise")
    shape, features = mean.shape, config["features"]
    measurements = shape[-1] if shape else 1
    if measurements > features or (len(shape) == 2 and shape[0] != num_nodes):
        raise ValueError(
            f"`mean` and `std` have shape {shape}; expected one number a "
            f"measurement, of at most {features} features, or ({num_nodes}, "
            "measurements), one for each node."
        )
    targets = config["targets"]
    if max(targets) >= measurements:
        raise ValueError(
            f"`targets` is {targets}, but `mean` and `std` are of the first "
            f"{measurements} of {features} features. Give both for each "
            "measurement that is an input or a target, as `(D,)`."
        )
    config["mean"], config["std"] = mean.tolist(), std.tolist()
    if shape:
        mean, std = mean[..., targets], std[..., targets]
    return Scaler(
        normalise,
        Normalise(mean, std, name="normalise_targets"),
        Denormalise(mean, std, config["non_negative"], name="denormalise"),
        len(targets),
    )


def by_step(y, horizon):
    """The steps and targets of a read-out apart.

    Args:
        y: `(B, N, horizon D_out)`.
        horizon: Number of steps.

    Returns:
        `(B, horizon, N, D_out)`.
    """
    nodes, channels = y.shape[1:]
    y = ops.reshape(y, (-1, nodes, horizon, channels // horizon))
    return ops.transpose(y, (0, 2, 1, 3))
