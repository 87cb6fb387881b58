"""Graph WaveNet: gated convolutions over time, on a graph that is learned."""

from typing import NamedTuple

import keras
from keras import ops

from keras_stunet.checks import check_choice
from keras_stunet.checks import check_count
from keras_stunet.layers import AdaptiveDiffusion
from keras_stunet.layers import PointwiseDense
from keras_stunet.models.decaying_dense import decaying_dense
from keras_stunet.models.forecaster import Forecaster
from keras_stunet.models.options import check_options
from keras_stunet.models.options import check_share
from keras_stunet.models.options import count_nodes
from keras_stunet.models.scaler import by_step
from keras_stunet.models.scaler import make_scaler

GRAPHS = ("both", "learned")
DILATIONS = (1, 2)  # of the layers of a block


@keras.saving.register_keras_serializable(package="keras_stunet")
class GraphWaveNet(Forecaster):
    """Graph WaveNet, made by `build_graph_wavenet` (see there)."""

    @classmethod
    def from_config(cls, config, custom_objects=None):
        return build_graph_wavenet(**config)


def build_graph_wavenet(
    adj,
    K=3,
    *,
    history=12,
    horizon=12,
    features=1,
    targets=(0,),
    units=32,
    blocks=4,
    rank=10,
    graphs="both",
    dropout=0.3,
    weight_decay=1e-4,
    mean=0.0,
    std=1.0,
    non_negative=False,
    quantiles=None,
    seed=None,
    graph_size=None,
    dtype=None,
    name="graph_wavenet",
    **unknown,
):
    """Build Graph WaveNet (Wu et al. 2019), as its authors published it.

        x (B, history, N, F) -> W x + b
          |
          |  for dilation d = 1, 2, 1, 2, ... (two a block)
          |    g_t <- tanh(conv(h)_t) * sigmoid(conv'(h)_t)   from h_t, h_(t-d)
          |    skip <- skip + W g
          |    h <- norm(h + dropout(g W_0 + sum_k P^k g W_k + A^k g W'_k))
          v
        W relu(W relu(skip)) (horizon, N, D_out)

    A is learned (`AdaptiveDiffusion`), the same in all layers. A convolution
    takes d steps from the history; one that is shorter than the
    `3 blocks + 1` steps that the last output sees is padded with zeros, in
    standard units. As only the last step is read out, skip and diffusion are
    computed of the steps that reach it. The norm is over windows, steps and
    nodes (batch normalisation); on several devices under TensorFlow each
    takes that of its share.

    The scaler is inside: inputs, targets and forecasts are in original units.
    Normalising, de-normalising and the last layer run in float32 whatever
    the `dtype`.

    Args:
        adj: `(N, N)` non-negative weights, dense or `scipy.sparse`, directed
            or not. It is saved as weights and not in the config, where it is
            `None`. With `graphs="learned"` nothing but N is taken of it.
        K: Number of terms of each matrix, at least 2; 1 more than the
            published `order`.
        history: Number of input steps.
        horizon: Number of steps to forecast.
        features: Number of input features F, the measurements first.
        targets: Numbers of the D_out input features to forecast.
        units: Width U of the layers; skips have 8 U, the read-out 16 U.
        blocks: Number of blocks of two layers.
        rank: Length of the vectors that the learned graph is made of.
        graphs: `"both"`, or `"learned"` for no random walks: the published
            model without its `forward` and `backward` matrices.
        dropout: Share of the features after a diffusion that training leaves
            out.
        weight_decay: Factor lambda of `lambda / 2 |w|^2` in the loss, of the
            dense layers; the published one has it of all weights.
        mean: Mean of the training readings, in original units: a number; of
            D measurements `(D,)`; by sensor `(N, D)`.
        std: Their standard deviation, above 0, likewise.
        non_negative: Whether forecasts are kept at 0 or above
            (`Denormalise`).
        quantiles: Q quantiles to forecast, as
            `(0.1, 0.5, 0.9)`: rising, the median 0.5 among them; `None` for
            one forecast. They never cross (`OrderedQuantiles`).
        seed: Seed of the dropout; weights take `keras.utils.set_random_seed`.
        graph_size: Sizes of a graph that is loaded later; only in configs.
        dtype: `"float32"`, `"mixed_bfloat16"` or `"mixed_float16"`; by
            default Keras' global policy.
        name: Name of the model.
        **unknown: Nothing; another name raises and offers the nearest one.

    Returns:
        A `GraphWaveNet`, a `keras.Model` from `(B, history, N, F)` to
        `(B, horizon, N, D_out)`, with quantiles `(B, horizon, N, D_out Q)`.

    Raises:
        TypeError: For an unknown option.
        ValueError: For an option out of range or a bad adjacency. The model
            itself raises it for inputs of another shape.

    Example:
    >>> import numpy as np
    >>> ring = np.roll(np.eye(8), 1, axis=1)
    >>> model = build_graph_wavenet(ring, history=4, units=2, blocks=1)
    >>> model.output_shape
    (None, 12, 8, 1)
    """
    config, policy = check_options(build_graph_wavenet, locals())
    check_choice("graphs", graphs, GRAPHS)
    config["blocks"] = check_count("blocks", blocks, 1)
    for option in ("dropout", "weight_decay"):
        check_share(option, config[option])
    graph = {"adjacency": adj, "graph_size": graph_size}
    if graphs == "learned":
        nodes = count_nodes(config, adj)
        graph = {"graph_size": {"nodes": nodes, "walks": 0}}

    # === Layers ===
    def dense(width, name, dtype=policy, parts=1, **options):
        return decaying_dense(
            width, weight_decay, parts, dtype=dtype, name=name, **options
        )

    diffusion = AdaptiveDiffusion(
        K, rank, **graph, dtype=policy, name="diffusion"
    )
    config["graph_size"] = diffusion.graph_size
    nodes = diffusion.graph_size["nodes"]
    scaler = make_scaler(config, nodes)
    terms = 1 + diffusion.num_terms
    enter = dense(units, "enter")
    layers = [
        _Layer(
            dilation,
            dense(2 * units, f"layer_{i}_gates"),
            dense(8 * units, f"layer_{i}_skip"),
            [
                dense(units, f"layer_{i}_term_{k}", parts=terms, use_bias=not k)
                for k in range(terms)
            ],
            keras.layers.Dropout(
                dropout, seed=seed, dtype=policy, name=f"layer_{i}_dropout"
            ),
            keras.layers.BatchNormalization(
                momentum=0.9, epsilon=1e-5, dtype=policy, name=f"layer_{i}_norm"
            ),
        )
        for i, dilation in enumerate(DILATIONS * blocks, start=1)
    ]
    inner = dense(16 * units, "readout", activation="relu")
    # In float32: a forecast rounded to bfloat16 is off by 0.1 mph.
    readout = dense(horizon * scaler.outputs, "forecast", "float32")
    seen = 1 + sum(DILATIONS) * blocks

    # === Functional model ===
    def forecast(x, y=None, training=None):
        # Nodes before steps, as `AdaptiveDiffusion` takes them: (B, N, T, F)
        x = ops.transpose(scaler.normalise(x), (0, 2, 1, 3))
        missing = max(0, seen - history)
        x = ops.pad(x, [(0, 0), (0, 0), (missing, 0), (0, 0)])
        h = enter(x[:, :, -seen:])  # (B, N, T, U)
        skip = 0
        for layer in layers:
            g = layer.gate(h)  # (B, N, T - d, U)
            skip = skip + layer.skip(g[:, :, -1])  # (B, N, 8 U)
            if layer is not layers[-1]:
                h = layer.diffuse(diffusion, g, h, training)
        y = readout(inner(ops.relu(skip)))  # (B, N, horizon D_out)
        return scaler.to_units(by_step(y, horizon))

    inputs = keras.Input((history, nodes, features), name="history")
    return GraphWaveNet(inputs, forecast, config)


class _Layer(NamedTuple):
    """A gated convolution over time, its skip, and a diffusion."""

    dilation: int
    gates: PointwiseDense
    skip: PointwiseDense
    terms: list[PointwiseDense]
    dropout: keras.layers.Dropout
    norm: keras.layers.BatchNormalization

    def gate(self, h):
        # (B, N, T, U) to (B, N, T - d, U)
        pairs = ops.concatenate(
            [h[:, :, : -self.dilation], h[:, :, self.dilation :]], axis=-1
        )  # (B, N, T - d, 2 U)
        value, gate = ops.split(self.gates(pairs), 2, axis=-1)
        return ops.tanh(value) * ops.sigmoid(gate)

    def diffuse(self, diffusion, g, h, training):
        own, *others = (term(g) for term in self.terms)  # (B, N, T - d, U)
        mixed = own + diffusion(others)
        mixed = self.dropout(mixed, training=training)
        h = mixed + h[:, :, self.dilation :]  # (B, N, T - d, U)
        return self.norm(h, training=training)
