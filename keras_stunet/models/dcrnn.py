"""DCRNN: stacked recurrences with diffusion along directed edges."""

import keras

from keras_stunet.graph import with_self_loops
from keras_stunet.layers import DCGRUCell
from keras_stunet.layers import DiffusionOperator
from keras_stunet.models.forecaster import Forecaster
from keras_stunet.models.options import check_options
from keras_stunet.models.recurrent import build_recurrent
from keras_stunet.models.scaler import num_outputs


@keras.saving.register_keras_serializable(package="keras_stunet")
class DCRNN(Forecaster):
    """Diffusion-convolutional network, made by `build_dcrnn` (see there)."""

    @classmethod
    def from_config(cls, config, custom_objects=None):
        return build_dcrnn(**config)


def build_dcrnn(
    adj,
    K=3,
    *,
    history=12,
    horizon=12,
    features=1,
    targets=(0,),
    future=0,
    units=64,
    layers=2,
    mean=0.0,
    std=1.0,
    non_negative=False,
    quantiles=None,
    head="seq2seq",
    propagation="auto",
    sampling_decay=660.0,
    seed=None,
    graph_size=None,
    dtype=None,
    name="dcrnn",
    **unknown,
):
    """Build DCRNN (Li, Yu, Shahabi and Liu 2018, section 2 and Figure 2).

        x (B, history, N, F)                forecast (B, horizon, N, D_out)
          | normalise                                ^ de-normalise
          v                                          | dense, node by node
        DCGRU, DCGRU (B, T, N, U) --- states ---> DCGRU, DCGRU (B, 1, N, U)

    The second stack has weights of its own and runs step by step from a zero
    input (GO), each forecast being the next input; `fit` uses teacher
    forcing with one draw a step for the whole batch (see
    `ScheduledDecoder`). `head="direct"` is ours: one stack, whose last step
    gives all steps.

    As in the released code: the dense layer has no bias, the biases of both
    gates start at 1, no activation, dropout or norm is between the layers,
    and the decoder takes the targets alone (no time of day). With
    `features=2`, for METR-LA, that makes 372,352 trainable weights.
    `DiffusionOperator` says where we keep to the paper instead.

    Self-loops: the published graphs have one of weight 1 at each node, for
    its distance 0 to itself. Nodes of `adj` without one get it
    (`with_self_loops`), so both kinds of matrix give the same model, and no
    node is without an edge. The walk is not changed by the scale of weights
    but for this: let 1 be the weight of distance 0.

    Scaler and precision are as in `build_st_unet`.

    Args:
        adj: `(N, N)` non-negative weights, `adj[i, j]` from i to j, directed
            or not, dense or `scipy.sparse`. It is saved as weights and not
            in the config, where it is `None`.
        K: Number of diffusion terms of each direction, at least 1; the
            released code's `max_diffusion_step` is `K - 1`.
        history: Number of input steps.
        horizon: Number of steps to forecast.
        features: Number of input features F, the measurements first.
        targets: Numbers of the D_out input features to forecast.
        future: Number C of features that are known of each step ahead, as
            calendar and covariates: with any a decoder has a second input,
            `(B, horizon, N, C)`.
        units: Width U of each recurrence.
        layers: Number of recurrences in the encoder, and in the decoder.
        mean: Mean of the training readings, in original units: a number; of
            D measurements `(D,)`; by sensor `(N, D)`.
        std: Their standard deviation, above 0, likewise.
        non_negative: Whether forecasts are kept at 0 or above
            (`Denormalise`).
        quantiles: Q quantiles to forecast with the direct head, as
            `(0.1, 0.5, 0.9)`: rising, the median 0.5 among them; `None` for
            one forecast. They never cross (`OrderedQuantiles`).
        head: `"seq2seq"` or `"direct"`.
        propagation: `"auto"`, `"dense"` or `"edges"` (`DiffusionOperator`).
        sampling_decay: k of scheduled sampling, in batches; 0 turns teacher
            forcing off. `training.sampling_decay` gives it for a run's length.
        seed: Seed of the sampling; weights take `keras.utils.set_random_seed`.
        graph_size: Sizes of a graph that is loaded later; only in configs.
        dtype: `"float32"`, `"mixed_bfloat16"` or `"mixed_float16"`; by
            default Keras' global policy.
        name: Name of the model.
        **unknown: Nothing; another name raises and offers the nearest one.

    Returns:
        A `DCRNN`, a `keras.Model` from `(B, history, N, F)` to
        `(B, horizon, N, D_out)`, with quantiles `(B, horizon, N, D_out Q)`.

    Raises:
        TypeError: For an unknown option.
        ValueError: For an option out of range or a bad adjacency; the
            message says what to do. The model itself raises it for inputs of
            another shape.

    Example: a one-way ring.

    >>> import numpy as np
    >>> ring = np.roll(np.eye(8), 1, axis=1)
    >>> model = build_dcrnn(
    ...     ring, history=2, horizon=3, units=2, mean=60.0, std=10.0
    ... )
    >>> model.predict(np.full((5, 2, 8, 1), 55.0), verbose=0).shape
    (5, 3, 8, 1)
    """
    config, policy = check_options(build_dcrnn, locals())
    graph = {"graph_size": graph_size}
    if adj is not None:
        graph = {"adjacency": with_self_loops(adj)}
    graph |= {"K": K, "propagation": propagation}

    def cell():
        return DCGRUCell(units, **graph, dtype=policy, name="cell")

    # In float32: a forecast rounded to bfloat16 is off by 0.1 mph.
    readout = keras.layers.Dense(
        num_outputs(config) * (horizon if head == "direct" else 1),
        use_bias=False,
        dtype="float32",
        name="forecast",
    )
    config["graph_size"] = DiffusionOperator(**graph).graph_size
    nodes = config["graph_size"]["nodes"]
    return build_recurrent(DCRNN, config, policy, cell, readout, nodes)
