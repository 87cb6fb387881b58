"""STGCN: convolutions over time and over the graph, no recurrence."""

from typing import NamedTuple

import keras
from keras import ops

from keras_stunet.checks import check_choice
from keras_stunet.checks import check_count
from keras_stunet.layers import ChebConv
from keras_stunet.layers import FirstOrderConv
from keras_stunet.layers import PointwiseDense
from keras_stunet.layers import TemporalConv
from keras_stunet.models.forecaster import Forecaster
from keras_stunet.models.options import check_options
from keras_stunet.models.options import forecasts_its_inputs
from keras_stunet.models.past_steps import PastSteps
from keras_stunet.models.scaler import make_scaler

HEADS = ("one_step", "direct")
CONVOLUTIONS = ("chebyshev", "first_order")
WIDTH = 3  # K_t of the paper: steps that a temporal convolution sees


@keras.saving.register_keras_serializable(package="keras_stunet")
class STGCN(Forecaster):
    """STGCN, made by `build_stgcn` (see there)."""

    @property
    def takes_targets(self):
        """With one step: its presence tells training from forecasting."""
        return self._config["head"] == "one_step"

    def training_target(self, y, mask):
        """With one step, the first of the target and of its mask."""
        if self._config["head"] == "direct":
            return y, mask
        return y[:, :1], None if mask is None else mask[:, :1]

    @classmethod
    def from_config(cls, config, custom_objects=None):
        return build_stgcn(**config)


def build_stgcn(
    adj,
    K=3,
    *,
    history=12,
    horizon=12,
    features=1,
    targets=(0,),
    channels=((32, 64), (32, 128)),
    convolution="chebyshev",
    mean=0.0,
    std=1.0,
    non_negative=False,
    quantiles=None,
    head="one_step",
    graph_size=None,
    dtype=None,
    name="stgcn",
    **unknown,
):
    """Build STGCN (Yu, Yin and Zhu 2018, IJCAI), as its authors published it.

        x (B, history, N, F)
          | normalise
          v                                                     steps
        block 1   gated temporal conv, 32                         10
                  relu(graph conv, 32, + its input)               10
                  temporal conv with relu, 64; norm                8
        block 2   the same with 32 and 128                         4
        output    gated temporal conv over all steps left, 128     1
                  norm; sigmoid layer, 128; linear layer           1
          | de-normalise
          v
        forecast (B, horizon, N, D_out)

    for 12 steps of history: each temporal convolution (`TemporalConv`) sees
    3 steps and gives 2 fewer than it gets. The norms are over nodes and
    channels at once, with a gain and a bias for each pair; the last bias too
    is a node's own. There is no dropout: the authors keep everything.

    With `head="one_step"`, theirs, the network forecasts one step. `fit`
    trains on the first step of the target; their loss is L2. `predict` and
    `evaluate` push each forecast into the window of readings and forecast
    the next, `horizon` times. With `head="direct"` the linear layer gives
    all steps at once, and `fit` trains on all.

    The scaler is inside: inputs, targets and forecasts are in original units.
    Normalising, de-normalising and the last layer run in float32 whatever
    the `dtype`.

    Args:
        adj: `(N, N)` symmetric non-negative weights, dense or `scipy.sparse`.
            It is saved as weights and not in the config, where it is `None`.
        K: Number of Chebyshev terms, at least 1. A first-order convolution
            has none and takes no notice of it.
        history: Number of input steps, more than 4 a block.
        horizon: Number of steps to forecast.
        features: Number of input features F, the measurements first.
        targets: Numbers of the D_out input features to forecast; all in
            their order with `head="one_step"`, which goes on from them.
        channels: A pair for each block: the width up to its graph
            convolution, and that of its output.
        convolution: `"chebyshev"` (`ChebConv`, their STGCN(Cheb)) or
            `"first_order"` (`FirstOrderConv`, their STGCN(1st)).
        mean: Mean of the training readings, in original units: a number; of
            D measurements `(D,)`; by sensor `(N, D)`.
        std: Their standard deviation, above 0, likewise.
        non_negative: Whether forecasts are kept at 0 or above
            (`Denormalise`).
        quantiles: Q quantiles to forecast with the direct head, as
            `(0.1, 0.5, 0.9)`: rising, the median 0.5 among them; `None` for
            one forecast. They never cross (`OrderedQuantiles`).
        head: `"one_step"` or `"direct"`.
        graph_size: Sizes of a graph that is loaded later; only in configs.
        dtype: `"float32"`, `"mixed_bfloat16"` or `"mixed_float16"`; by
            default Keras' global policy.
        name: Name of the model.
        **unknown: Nothing; another name raises and offers the nearest one.

    Returns:
        An `STGCN`, a `keras.Model` from `(B, history, N, F)` to
        `(B, horizon, N, D_out)`, with quantiles `(B, horizon, N, D_out Q)`.

    Raises:
        TypeError: For an unknown option.
        ValueError: For an option out of range, a history too short for the
            blocks, other targets with `head="one_step"`, or a bad
            adjacency. The model itself raises it for inputs of another shape.

    Example:
    >>> import numpy as np
    >>> ring = np.roll(np.eye(8), 1, axis=1) + np.roll(np.eye(8), -1, axis=1)
    >>> model = build_stgcn(
    ...     ring, history=5, horizon=2, channels=[(2, 3)], mean=60.0, std=10.0
    ... )
    >>> model.predict(np.full((5, 5, 8, 1), 55.0), verbose=0).shape
    (5, 2, 8, 1)
    """
    config, policy = check_options(build_stgcn, locals(), HEADS)
    check_choice("convolution", convolution, CONVOLUTIONS)
    config["channels"] = channels = _checked_channels(channels)
    steps = _steps_left(config["history"], len(channels))
    if head == "one_step" and not forecasts_its_inputs(config):
        raise ValueError(
            f"`features` is {features} and `targets` {config['targets']}; with "
            '`head="one_step"` expected all inputs as targets, in their '
            "order: the network forecasts the targets alone and cannot go on "
            'from them where it needs more. Give `head="direct"`, or leave '
            "the calendar out and forecast all measurements."
        )

    # === Layers ===
    graph = {"adjacency": adj, "graph_size": graph_size, "dtype": policy}

    def graph_conv(units, name):
        if convolution == "first_order":
            return FirstOrderConv(units, name=name, **graph)
        return ChebConv(units, K, name=name, **graph)

    def norm(name):
        return keras.layers.LayerNormalization(
            axis=(-2, -1), epsilon=1e-6, dtype=policy, name=name
        )

    blocks = [
        _Block(
            TemporalConv(inner, WIDTH, dtype=policy, name=f"block_{i}_gated"),
            graph_conv(inner, f"block_{i}_graph"),
            TemporalConv(
                outer, WIDTH, False, dtype=policy, name=f"block_{i}_relu"
            ),
            norm(f"block_{i}_norm"),
        )
        for i, (inner, outer) in enumerate(channels, start=1)
    ]
    width = channels[-1][1]
    last_gated = TemporalConv(width, steps, dtype=policy, name="output_gated")
    last_norm = norm("output_norm")
    sigmoid = PointwiseDense(
        width, activation="sigmoid", dtype=policy, name="output_sigmoid"
    )
    config["graph_size"] = blocks[0].graph_conv.get_config()["graph_size"]
    nodes = config["graph_size"]["nodes"]
    scaler = make_scaler(config, nodes)
    steps_out = 1 if head == "one_step" else horizon
    # In float32: a forecast rounded to bfloat16 is off by 0.1 mph.
    linear = keras.layers.EinsumDense(
        "bnc,ch->bhn",
        output_shape=(steps_out * scaler.outputs, nodes),
        bias_axes="hn",
        dtype="float32",
        name="forecast",
    )

    # === Functional model ===
    def network(x, past):  # (B, history, N, F), or one step more
        for block in blocks:
            x = block.run(x, past)  # (B, T, N, U), T 4 less a block
        x = last_norm(past.convolve(last_gated, x))  # (B, 1, N, U)
        y = linear(sigmoid(x[:, 0]))  # (B, steps D_out, N)
        y = ops.reshape(y, (-1, steps_out, scaler.outputs, nodes))
        return ops.transpose(y, (0, 1, 3, 2))  # (B, steps, N, D_out)

    def forecast(x, y=None):
        past = PastSteps()
        forecasts = [network(scaler.normalise(x), past)]
        # In training the one step is all that is scored.
        while head == "one_step" and y is None and len(forecasts) < horizon:
            forecasts.append(network(forecasts[-1], past))
        return scaler.to_units(ops.concatenate(forecasts, axis=1))

    inputs = keras.Input((history, nodes, features), name="history")
    return STGCN(inputs, forecast, config)


class _Block(NamedTuple):
    """A graph convolution between two temporal ones, and a norm."""

    gated: TemporalConv
    graph_conv: keras.layers.Layer
    last: TemporalConv
    norm: keras.layers.Layer

    def run(self, x, past):
        # (B, T, N, F) to (B, T - 2 (WIDTH - 1), N, U), or one step to one
        x = past.convolve(self.gated, x)
        x = ops.relu(self.graph_conv(x) + x)
        return self.norm(past.convolve(self.last, x))


def _checked_channels(channels):
    try:
        pairs = [[inner, outer] for inner, outer in channels]
    except (TypeError, ValueError):
        pairs = []
    if not pairs:
        raise ValueError(
            f"`channels` is {channels!r}; expected a pair of widths for each "
            "block, such as ((32, 64), (32, 128))."
        )
    return [[check_count("channels", n, 1) for n in pair] for pair in pairs]


def _steps_left(history, blocks):
    eaten = blocks * 2 * (WIDTH - 1)
    if history <= eaten:
        what = "1 block takes" if blocks == 1 else f"{blocks} blocks take"
        raise ValueError(
            f"`history` is {history}; {what} {eaten} steps, so expected at "
            f"least {eaten + 1}. Give more history, or fewer pairs in "
            "`channels`."
        )
    return history - eaten
