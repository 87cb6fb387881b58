"""FNN: a feed-forward network on each sensor's own readings."""

import keras
from keras import ops

from keras_stunet.layers import PointwiseDense
from keras_stunet.models.forecaster import Forecaster
from keras_stunet.models.options import check_options
from keras_stunet.models.options import count_nodes
from keras_stunet.models.scaler import by_step
from keras_stunet.models.scaler import make_scaler


@keras.saving.register_keras_serializable(package="keras_stunet")
class FNN(Forecaster):
    """Feed-forward network, made by `build_fnn` (see there)."""

    @classmethod
    def from_config(cls, config, custom_objects=None):
        return build_fnn(**config)


def build_fnn(
    adj,
    *,
    history=12,
    horizon=12,
    features=1,
    targets=(0,),
    units=256,
    layers=2,
    mean=0.0,
    std=1.0,
    non_negative=False,
    quantiles=None,
    graph_size=None,
    dtype=None,
    name="fnn",
    **unknown,
):
    """Build the feed-forward network of Table 1 of Yu, Yin and Zhu (2019).

        x_i (history * F) -> [relu(W x + b), U] * layers
                          -> W x + b (horizon * D_out)

    for each sensor i alone, with the same weights for all sensors: it knows
    neither the graph nor which sensor it looks at, so what other models gain
    over it they owe to these. Two layers of 256 units are those of the
    baseline of Li et al. (2018, DCRNN); ST-UNet's paper gives none.

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
        units: Width U of each hidden layer.
        layers: Number of hidden layers.
        mean: Mean of the training readings, in original units: a number; of
            D measurements `(D,)`; by sensor `(N, D)`.
        std: Their standard deviation, above 0, likewise.
        non_negative: Whether forecasts are kept at 0 or above
            (`Denormalise`).
        quantiles: Q quantiles to forecast, as
            `(0.1, 0.5, 0.9)`: rising, the median 0.5 among them; `None` for
            one forecast. They never cross (`OrderedQuantiles`).
        graph_size: `{"nodes": N}`, in place of `adj`.
        dtype: `"float32"`, `"mixed_bfloat16"` or `"mixed_float16"`; by
            default Keras' global policy.
        name: Name of the model.
        **unknown: Nothing; another name raises and offers the nearest one.

    Returns:
        An `FNN`, a `keras.Model` from `(B, history, N, F)` to
        `(B, horizon, N, D_out)`, with quantiles `(B, horizon, N, D_out Q)`.

    Raises:
        TypeError: For an unknown option.
        ValueError: For an option out of range or a bad adjacency. The model
            itself raises it for inputs of another shape.

    Example:
    >>> model = build_fnn(None, graph_size={"nodes": 8})
    >>> model.output_shape
    (None, 12, 8, 1)
    """
    config, policy = check_options(build_fnn, locals())
    nodes = count_nodes(config, adj)

    # === Layers ===
    scaler = make_scaler(config, nodes)
    hidden = [
        PointwiseDense(
            units, activation="relu", dtype=policy, name=f"hidden_{i + 1}"
        )
        for i in range(layers)
    ]
    # In float32: a forecast rounded to bfloat16 is off by 0.1 mph.
    readout = keras.layers.Dense(
        horizon * scaler.outputs, dtype="float32", name="forecast"
    )

    # === Functional model ===
    def forecast(x, y=None):
        x = ops.transpose(
            scaler.normalise(x), (0, 2, 1, 3)
        )  # (B, N, history, F)
        x = ops.reshape(x, (-1, history * features))  # (B N, history F)
        for layer in hidden:
            x = layer(x)  # (B N, U)
        out = ops.reshape(readout(x), (-1, nodes, horizon * scaler.outputs))
        return scaler.to_units(by_step(out, horizon))

    inputs = keras.Input((history, nodes, features), name="history")
    return FNN(inputs, forecast, config)
