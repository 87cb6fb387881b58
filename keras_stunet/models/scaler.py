"""What a model scales, and which of its inputs it forecasts."""

from typing import NamedTuple

import numpy as np
from keras import ops

from keras_stunet.layers import Denormalise
from keras_stunet.layers import Normalise
from keras_stunet.layers import OrderedQuantiles


class Scaler(NamedTuple):
    """The layers between original and standard units.

    Attributes:
        normalise: `Normalise`, of the inputs.
        targets: `Normalise`, of the targets that a decoder is fed with.
        denormalise: `Denormalise`, of the forecast.
        outputs: Numbers that are forecast of each sensor and step,
            `num_outputs`.
        measurements: Number D of measurements, the first of the inputs.
        ordered: `OrderedQuantiles`, or `None` where there are none.
    """

    normalise: Normalise
    targets: Normalise
    denormalise: Denormalise
    outputs: int
    measurements: int
    ordered: OrderedQuantiles | None = None

    def to_units(self, y, around=None):
        """A forecast in original units, its quantiles in order.

        Args:
            y: `(B, horizon, N, outputs)` in standard units; of quantiles as
                `OrderedQuantiles` takes them.
            around: What it is forecast the departure from, `(B, horizon, N,
                D_out)`, or `None`.

        Returns:
            `(B, horizon, N, outputs)`.
        """
        if self.ordered is not None:
            y = self.ordered(y)
        if around is not None:
            count = self.outputs // around.shape[-1]
            around = ops.repeat(around, count, -1) if count > 1 else around
            y = around + y
        return self.denormalise(y)


def num_outputs(config):
    """Numbers that a model forecasts of each sensor and step.

    Those are D_out targets, with Q quantiles D_out Q.

    Args:
        config: The arguments of a builder, as `check_options` returns them.
    """
    quantiles = config["quantiles"]
    return len(config["targets"]) * (1 if quantiles is None else len(quantiles))


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
    of_targets = Normalise(mean, std, name="normalise_targets")
    ordered, outputs = None, num_outputs(config)
    if config["quantiles"] is not None:
        ordered = OrderedQuantiles(
            config["quantiles"], dtype="float32", name="quantiles"
        )
    if shape and ordered is not None:
        mean, std = (
            np.repeat(x, outputs // len(targets), axis=-1) for x in (mean, std)
        )
    return Scaler(
        normalise,
        of_targets,
        Denormalise(mean, std, config["non_negative"], name="denormalise"),
        outputs,
        measurements,
        ordered,
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
