"""GCGRU: stacked graph-convolutional recurrences, without the U."""

import keras

from keras_stunet.graph import check_adjacency
from keras_stunet.layers import ChebConv
from keras_stunet.layers import GCGRUCell
from keras_stunet.models.forecaster import Forecaster
from keras_stunet.models.options import check_options
from keras_stunet.models.recurrent import build_recurrent
from keras_stunet.models.scaler import num_outputs


@keras.saving.register_keras_serializable(package="keras_stunet")
class GCGRU(Forecaster):
    """Graph-convolutional GRU, made by `build_gcgru` (see there)."""

    @classmethod
    def from_config(cls, config, custom_objects=None):
        return build_gcgru(**config)


def build_gcgru(
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
    name="gcgru",
    **unknown,
):
    """Build GCGRU (Seo et al. 2018): recurrences on the graph, one on another.

        x (B, history, N, F)                forecast (B, horizon, N, D_out)
          | normalise                                ^ de-normalise
          v                                          | ChebConv
        GCGRU, GCGRU (B, T, N, U) --- states ---> GCGRU, GCGRU (B, 1, N, U)

    The recurrent network that ST-UNet pools and dilates: the same cell
    (ST-UNet, Eq. 7), the same decoder and the same head, but no U and no
    layer normalisation. `build_st_unet(adj, p=0, s=1)` is another network
    without pooling: three layers with the U's skip and norms.

    Decoder, direct head, scaler and precision are as in `build_st_unet`: with
    `head="seq2seq"` a second stack with weights of its own runs step by step
    from a zero input, with `head="direct"` one graph convolution of the last
    step gives all steps.

    Args:
        adj: `(N, N)` symmetric non-negative weights, dense or `scipy.sparse`.
            It is saved as weights and not in the config, where it is `None`.
        K: Number of Chebyshev terms, at least 1.
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
        propagation: `"auto"`, `"dense"`, `"edges"` or `"spectral"`
            (`GraphOperator`).
        sampling_decay: k of scheduled sampling, in batches; 0 turns teacher
            forcing off. `training.sampling_decay` gives it for a run's length.
        seed: Seed of the sampling; weights take `keras.utils.set_random_seed`.
        graph_size: Sizes of a graph that is loaded later; only in configs.
        dtype: `"float32"`, `"mixed_bfloat16"` or `"mixed_float16"`; by
            default Keras' global policy.
        name: Name of the model.
        **unknown: Nothing; another name raises and offers the nearest one.

    Returns:
        A `GCGRU`, a `keras.Model` from `(B, history, N, F)` to
        `(B, horizon, N, D_out)`, with quantiles `(B, horizon, N, D_out Q)`.

    Raises:
        TypeError: For an unknown option.
        ValueError: For an option out of range or a bad adjacency; the
            message says what to do. The model itself raises it for inputs of
            another shape.

    Example:
    >>> import numpy as np
    >>> ring = np.roll(np.eye(8), 1, axis=1) + np.roll(np.eye(8), -1, axis=1)
    >>> model = build_gcgru(
    ...     ring, history=2, horizon=3, units=2, mean=60.0, std=10.0
    ... )
    >>> model.predict(np.full((5, 2, 8, 1), 55.0), verbose=0).shape
    (5, 3, 8, 1)
    """
    config, policy = check_options(build_gcgru, locals())
    graph = {"graph_size": graph_size}
    if adj is not None:
        graph = {"adjacency": check_adjacency(adj)}
    graph |= {"K": K, "propagation": propagation}

    # In float32: a forecast rounded to bfloat16 is off by 0.1 mph.
    readout = ChebConv(
        num_outputs(config) * (horizon if head == "direct" else 1),
        **graph,
        dtype="float32",
        name="forecast",
    )

    def cell():
        return GCGRUCell(units, **graph, dtype=policy, name="cell")

    config["graph_size"] = readout.graph.graph_size
    nodes = readout.graph.num_nodes
    return build_recurrent(GCGRU, config, policy, cell, readout, nodes)
