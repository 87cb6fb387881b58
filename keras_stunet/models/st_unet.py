"""ST-UNet: the model of the paper, its ablations and its direct head."""

import keras
import numpy as np

from keras_stunet.checks import check_choice
from keras_stunet.layers import ChebConv
from keras_stunet.layers import GCGRUCell
from keras_stunet.models.decoder import ScheduledDecoder
from keras_stunet.models.decoder import history_and_future
from keras_stunet.models.forecaster import Forecaster
from keras_stunet.models.levels import level_sizes
from keras_stunet.models.levels import make_levels
from keras_stunet.models.options import check_options
from keras_stunet.models.options import check_sharing
from keras_stunet.models.scaler import by_step
from keras_stunet.models.scaler import make_scaler
from keras_stunet.models.u_shape import build_u
from keras_stunet.models.u_shape import run_u

LAYER_NORMS = ("joint", "channels", "none")


@keras.saving.register_keras_serializable(package="keras_stunet")
class STUNet(Forecaster):
    """Spatio-temporal U-Net, made by `build_st_unet` (see there)."""

    @classmethod
    def from_config(cls, config, custom_objects=None):
        return build_st_unet(**config)


def build_st_unet(
    adj,
    K=3,
    p=2,
    s=2,
    *,
    history=12,
    horizon=12,
    features=1,
    targets=(0,),
    future=0,
    units=64,
    mean=0.0,
    std=1.0,
    non_negative=False,
    quantiles=None,
    head="seq2seq",
    activation=None,
    layer_norm="joint",
    reduce="mean",
    upsampling="copy",
    share_weights=False,
    partition="pga",
    propagation="auto",
    sampling_decay=660.0,
    seed=None,
    graph_size=None,
    dtype=None,
    name="st_unet",
    **unknown,
):
    """Build ST-UNet (Yu, Yin and Zhu 2019, section 3.4 and Figure 1).

        x (B, history, N, F)                    forecast (B, horizon, N, D_out)
          | normalise                                    ^ de-normalise
          v                                              | ChebConv
        GCGRU (B, T, N, U) -------- skip ----------> [ ; ] GCGRU (B, T, N, U)
          |                                              ^
          | ST-Pool                           ST-Unpool  |
          +--> p rounds of matching, GCGRU dilated by s -+
                         (B, T, N', U)

    With `head="seq2seq"` one U reads the history (T = history) and hands its
    states to a second U with weights of its own, which runs step by step
    (T = 1) from a zero input, each forecast being the next input. `fit` uses
    teacher forcing with scheduled sampling (see `ScheduledDecoder`);
    `predict` and `evaluate` never do. With `head="direct"` one U reads the
    history and one graph convolution of its last step gives all steps.

    The scaler is inside: inputs, targets and forecasts are in original units.
    Normalising, de-normalising and the last convolution run in float32
    whatever the `dtype`. Train with plain `model.fit` on `(x, y)` or
    `(x, y, mask)`, a loss of `keras_stunet.losses` and clipped gradients.

    Where the paper leaves a choice, this is ours: own weights for the
    decoder (`share_weights=True` for the other reading); the dilated layer
    hands over its last s states; one more graph convolution, linear, as the
    head; layer normalisation after each recurrence, over nodes and channels
    at once; mean pooling.

    Args:
        adj: `(N, N)` symmetric non-negative weights, dense or `scipy.sparse`.
            It is saved as weights and not in the config, where it is `None`.
        K: Number of Chebyshev terms, at least 1.
        p: Rounds of matching, N' is about N / 2^p; 0 keeps the graph. A
            sequence, e.g. `(1, 1)`, stacks one ST-Pool and one ST-Unpool an
            entry.
        s: Dilation of the pooled recurrence; 1 for none. A number for all
            levels, or a sequence. `p=0, s=1` is the plain recurrent network
            of the ablation, with the same widths and skip.
        history: Number of input steps.
        horizon: Number of steps to forecast.
        features: Number of input features F, the measurements first.
        targets: Numbers of the D_out input features to forecast.
        future: Number C of features that are known of each step ahead, as
            calendar and covariates: with any a decoder has a second input,
            `(B, horizon, N, C)`.
        units: Width U of each recurrence.
        mean: Mean of the training readings, in original units: a number; of
            D measurements `(D,)`; by sensor `(N, D)`.
        std: Their standard deviation, above 0, likewise.
        non_negative: Whether forecasts are kept at 0 or above
            (`Denormalise`).
        quantiles: Q quantiles to forecast with the direct head, as
            `(0.1, 0.5, 0.9)`: rising, the median 0.5 among them; `None` for
            one forecast. They never cross (`OrderedQuantiles`).
        head: `"seq2seq"` or `"direct"`.
        activation: Keras activation of the forecast in standard units, by
            default none; with `mean=0, std=1`, `"sigmoid"` forecasts pixels.
        layer_norm: `"joint"` (over nodes and channels), `"channels"`, or
            `None` or `"none"`.
        reduce: `"mean"` or `"max"` over the members of a super node.
        upsampling: `"copy"`, `"ordered"` or `"weighted"` (`GraphUnpool`).
        share_weights: Whether the decoder runs on the encoder's own weights
            and norms (only the read-out is its own); needs all inputs as
            targets.
        partition: `"pga"`, `"gpa"` or `"exact"` (`keras_stunet.partition`).
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
        An `STUNet`, a `keras.Model` from `(B, history, N, F)` to
        `(B, horizon, N, D_out)`, with quantiles `(B, horizon, N, D_out Q)`.

    Raises:
        TypeError: For an unknown option.
        ValueError: For an option out of range, a bad adjacency, or `p` too
            deep for the graph; the message says what to do. The model itself
            raises it for inputs of another shape.

    Example:
    >>> import numpy as np
    >>> ring = np.roll(np.eye(8), 1, axis=1) + np.roll(np.eye(8), -1, axis=1)
    >>> model = build_st_unet(
    ...     ring, history=4, horizon=3, units=2, mean=60.0, std=10.0
    ... )
    >>> model.predict(np.full((5, 4, 8, 1), 55.0), verbose=0).shape
    (5, 3, 8, 1)
    """
    config, policy = check_options(build_st_unet, locals())
    layer_norm = check_choice("layer_norm", layer_norm or "none", LAYER_NORMS)
    check_sharing(share_weights, head, config)
    levels = make_levels(adj, p, s, partition, graph_size)
    scaler = make_scaler(config, levels.num_nodes)

    # === Layers ===
    def cell(level):
        graph = levels.graphs[level]
        options = {"propagation": propagation, "dtype": policy}
        return GCGRUCell(units, K, **graph, **options)

    def norm(name):
        if layer_norm == "none":
            return keras.layers.Identity(dtype=policy, name=name)
        axis = (-2, -1) if layer_norm == "joint" else -1
        return keras.layers.LayerNormalization(
            axis=axis, epsilon=1e-6, dtype=policy, name=name
        )

    shape = {"reduce": reduce, "upsampling": upsampling, "dtype": policy}
    encoder = build_u(
        "encoder", cell, norm, levels, last_only=not share_weights, **shape
    )
    # In float32: a forecast rounded to bfloat16 is off by 0.1 mph.
    conv = ChebConv(
        scaler.outputs * (horizon if head == "direct" else 1),
        K,
        propagation=propagation,
        activation=activation,
        **levels.graphs[0],
        dtype="float32",
        name="forecast",
    )
    decoder = None
    if head == "seq2seq":
        steps = encoder
        if not share_weights:
            steps = build_u("decoder", cell, norm, levels, **shape)
        decoder = ScheduledDecoder(
            *_step_of_u(steps, conv),
            levels.num_nodes,
            horizon,
            sampling_decay,
            seed,
            scaler.outputs,
            config["future"],
            dtype=policy,
            name="decoder",
        )

    # === Functional model ===
    def forecast(inputs, y=None):
        x, future = inputs if config["future"] else (inputs, None)
        x = scaler.normalise(x)  # (B, history, N, F)
        latest, states = run_u(encoder, x)  # (B, N, U), states
        if decoder is None:
            out = conv(encoder.last_norm(latest))  # (B, N, horizon D_out)
            out = by_step(out, horizon)
        elif y is None:
            out = decoder(states, future=future)  # (B, horizon, N, D_out)
        else:
            out = decoder(states, targets=scaler.targets(y), future=future)
        return scaler.to_units(out)  # (B, horizon, N, outputs)

    inputs = history_and_future(config, conv.graph.num_nodes)
    config["p"], config["s"] = np.asarray(p).tolist(), np.asarray(s).tolist()
    config["activation"] = keras.activations.serialize(conv.activation)
    config["graph_size"] = level_sizes(encoder)
    return STUNet(inputs, forecast, config, decoder)


def _step_of_u(u, conv):
    # What a decoder needs of a U: its step, its layers, its read-out.
    def run(x, states):
        return run_u(u, x, states)

    def readout(features):
        return conv(u.last_norm(features))

    return run, [*u.all_layers, conv], readout
