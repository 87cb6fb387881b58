"""STID: dense layers that know sensor, time of day and weekday."""

import keras
from keras import ops

from keras_stunet.layers import IdentityVectors
from keras_stunet.models.decaying_dense import decaying_dense
from keras_stunet.models.forecaster import Forecaster
from keras_stunet.models.options import check_calendar
from keras_stunet.models.options import check_options
from keras_stunet.models.options import check_share
from keras_stunet.models.options import count_nodes
from keras_stunet.models.scaler import by_step
from keras_stunet.models.scaler import make_scaler


@keras.saving.register_keras_serializable(package="keras_stunet")
class STID(Forecaster):
    """STID, made by `build_stid` (see there)."""

    @classmethod
    def from_config(cls, config, custom_objects=None):
        return build_stid(**config)


def build_stid(
    adj,
    *,
    history=12,
    horizon=12,
    features=1,
    targets=(0,),
    quantiles=None,
    calendar=(),
    units=32,
    layers=3,
    dropout=0.15,
    slots=288,
    weight_decay=1e-4,
    mean=0.0,
    std=1.0,
    non_negative=False,
    seed=None,
    graph_size=None,
    dtype=None,
    name="stid",
    **unknown,
):
    """Build STID (Shao et al. 2022): no graph, but it knows who and when.

        x_i (history * F) -> W x + b (U)
          -> [ . ; sensor ; time of day ; weekday ]  (4 U)
          -> h + W_2 dropout(relu(W_1 h + b_1)) + b_2    `layers` times
          -> W h + b (horizon * D_out)

    for each sensor i with the same weights. A peer that answers whether a
    graph helps: it has none, and what it lacks beside a model with one is
    what the graph is worth.

    The scaler is inside: inputs, targets and forecasts are in original units.
    Normalising, de-normalising and the last layer run in float32 whatever
    the `dtype`.

    Args:
        adj: `(N, N)` non-negative weights, dense or `scipy.sparse`, directed
            or not. Nothing but N is taken of it.
        history: Number of input steps.
        horizon: Number of steps to forecast.
        features: Number of input features F, the measurements first.
        targets: Numbers of the D_out input features to forecast.
        quantiles: Q quantiles to forecast, as
            `(0.1, 0.5, 0.9)`: rising, the median 0.5 among them; `None` for
            one forecast. They never cross (`OrderedQuantiles`).
        calendar: What the calendar features are, `"time_of_day"` and
            `"day_of_week"`, or `()`: then it knows the sensor alone.
        units: Width U of each vector.
        layers: Number of residual blocks.
        dropout: Share of a block's features that training leaves out.
        slots: Number of times of day that have a vector of their own.
        weight_decay: Factor lambda of `lambda / 2 |w|^2` in the loss.
        mean: Mean of the training readings, in original units: a number; of
            D measurements `(D,)`; by sensor `(N, D)`.
        std: Their standard deviation, above 0, likewise.
        non_negative: Whether forecasts are kept at 0 or above
            (`Denormalise`).
        seed: Seed of the dropout; weights take `keras.utils.set_random_seed`.
        graph_size: `{"nodes": N}`, in place of `adj`.
        dtype: `"float32"`, `"mixed_bfloat16"` or `"mixed_float16"`; by
            default Keras' global policy.
        name: Name of the model.
        **unknown: Nothing; another name raises and offers the nearest one.

    Returns:
        A `STID`, a `keras.Model` from `(B, history, N, F)` to
        `(B, horizon, N, D_out)`, with quantiles `(B, horizon, N, D_out Q)`.

    Raises:
        TypeError: For an unknown option.
        ValueError: For an option out of range or a bad adjacency. The model
            itself raises it for inputs of another shape.

    Example:
    >>> model = build_stid(None, graph_size={"nodes": 8})
    >>> model.output_shape
    (None, 12, 8, 1)
    """
    config, policy = check_options(build_stid, locals())
    nodes = count_nodes(config, adj)
    for option in ("dropout", "weight_decay"):
        check_share(option, config[option])
    config["calendar"] = check_calendar(calendar)
    scaler = make_scaler(config, nodes)
    measurements = scaler.measurements

    # === Layers ===
    def dense(width, name, dtype=policy):
        return decaying_dense(width, weight_decay, dtype=dtype, name=name)

    enter = dense(units, "enter")
    identities = IdentityVectors(
        units, slots, weight_decay, dtype=policy, name="identities"
    )
    width = (4 if calendar else 2) * units
    blocks = [
        (
            dense(width, f"block_{i}_inner"),
            keras.layers.Dropout(
                dropout, seed=seed, dtype=policy, name=f"block_{i}_dropout"
            ),
            dense(width, f"block_{i}_outer"),
        )
        for i in range(1, layers + 1)
    ]
    # In float32: a forecast rounded to bfloat16 is off by 0.1 mph.
    readout = dense(horizon * scaler.outputs, "forecast", "float32")

    # === Functional model ===
    def forecast(x, y=None, training=None):
        times = x[:, -1, 0, measurements : measurements + 2]  # (B, 2)
        x = ops.transpose(
            scaler.normalise(x), (0, 2, 1, 3)
        )  # (B, N, history, F)
        h = enter(ops.reshape(x, (-1, nodes, history * features)))  # (B, N, U)
        h = identities([h, times] if calendar else h)  # (B, N, 4 U)
        for inner, drop, outer in blocks:
            h = h + outer(drop(ops.relu(inner(h)), training=training))
        return scaler.to_units(by_step(readout(h), horizon))

    inputs = keras.Input((history, nodes, features), name="history")
    return STID(inputs, forecast, config)
