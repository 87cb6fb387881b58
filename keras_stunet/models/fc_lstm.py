"""FC-LSTM: a recurrent network that knows of no graph."""

import keras

from keras_stunet.models.forecaster import Forecaster
from keras_stunet.models.options import check_options
from keras_stunet.models.options import count_nodes
from keras_stunet.models.recurrent import build_recurrent
from keras_stunet.models.scaler import num_outputs


@keras.saving.register_keras_serializable(package="keras_stunet")
class FCLSTM(Forecaster):
    """LSTM over all sensors at once, made by `build_fc_lstm` (see there)."""

    @classmethod
    def from_config(cls, config, custom_objects=None):
        return build_fc_lstm(**config)


def build_fc_lstm(
    adj,
    *,
    history=12,
    horizon=12,
    features=1,
    targets=(0,),
    future=0,
    units=256,
    layers=2,
    mean=0.0,
    std=1.0,
    non_negative=False,
    quantiles=None,
    head="seq2seq",
    sampling_decay=660.0,
    seed=None,
    graph_size=None,
    dtype=None,
    name="fc_lstm",
    **unknown,
):
    """Build FC-LSTM (Sutskever et al. 2014): an LSTM over one long vector.

        x (B, history, N, F)                forecast (B, horizon, N, D_out)
          | normalise, flatten                       ^ de-normalise
          v                                          | dense, U to N D_out
        LSTM, LSTM (B, T, U) -------- states ---> LSTM, LSTM (B, 1, U)

    The baseline of DCRNN and ST-UNet: each step is the vector of all sensors
    (and of their features), every sensor is joined with every other, and the
    graph is not used but for its number of nodes. Two layers of 256 units
    are DCRNN's; its cells have peepholes and weight decay, ours are Keras'
    `LSTMCell`, without either. A permutation of the sensors permutes rows
    and columns of the weights; N cannot change.

    Decoder, direct head, scaler and precision are as in `build_st_unet`: with
    `head="seq2seq"` a second stack with weights of its own runs step by step
    from a zero input; with `head="direct"` one dense layer of the last step
    gives all steps of all sensors.

    Args:
        adj: `(N, N)` non-negative weights, directed or not, dense or
            `scipy.sparse`; in the config `None`.
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
        sampling_decay: k of scheduled sampling, in batches; 0 turns teacher
            forcing off. `training.sampling_decay` gives it for a run's length.
        seed: Seed of the sampling; weights take `keras.utils.set_random_seed`.
        graph_size: `{"nodes": N}` in place of `adj`.
        dtype: `"float32"`, `"mixed_bfloat16"` or `"mixed_float16"`; by
            default Keras' global policy.
        name: Name of the model.
        **unknown: Nothing; another name raises and offers the nearest one.

    Returns:
        An `FCLSTM`, a `keras.Model` from `(B, history, N, F)` to
        `(B, horizon, N, D_out)`, with quantiles `(B, horizon, N, D_out Q)`.

    Raises:
        TypeError: For an unknown option.
        ValueError: For an option out of range or a bad adjacency; the
            message says what to do. The model itself raises it for inputs of
            another shape.

    Example:
    >>> import numpy as np
    >>> model = build_fc_lstm(
    ...     None, graph_size={"nodes": 8}, history=2, horizon=3, units=4
    ... )
    >>> model.predict(np.zeros((5, 2, 8, 1)), verbose=0).shape
    (5, 3, 8, 1)
    """
    config, policy = check_options(build_fc_lstm, locals())
    nodes = count_nodes(config, adj)

    def cell():
        return keras.layers.LSTMCell(units, dtype=policy, name="cell")

    # In float32: a forecast rounded to bfloat16 is off by 0.1 mph.
    readout = keras.layers.Dense(
        nodes * num_outputs(config) * (horizon if head == "direct" else 1),
        dtype="float32",
        name="forecast",
    )
    return build_recurrent(
        FCLSTM, config, policy, cell, readout, nodes, flat=True
    )
