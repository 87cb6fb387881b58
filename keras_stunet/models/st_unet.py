"""ST-UNet: the model of the paper, its ablations and its direct head."""

import keras
import numpy as np
from keras import ops

from keras_stunet.graph import check_adjacency
from keras_stunet.graph import partition as partition_graph
from keras_stunet.layers import ChebConv
from keras_stunet.layers import Denormalise
from keras_stunet.layers import DilatedRNN
from keras_stunet.layers import GCGRUCell
from keras_stunet.layers import Normalise
from keras_stunet.layers import STPool
from keras_stunet.layers import STUnpool
from keras_stunet.layers.graph_weights import check_one_source
from keras_stunet.layers.graph_weights import checked_choice
from keras_stunet.layers.graph_weights import checked_count
from keras_stunet.models.decoder import ScheduledDecoder
from keras_stunet.models.u_shape import UShape
from keras_stunet.models.u_shape import run_u

HEADS = ("seq2seq", "direct")
LAYER_NORMS = ("joint", "channels", None)


@keras.saving.register_keras_serializable(package="keras_stunet")
class STUNet(keras.Model):
    """Spatio-temporal U-Net, made by `build_st_unet` (see there)."""

    def __init__(
        self,
        adj=None,
        K=3,
        p=2,
        s=2,
        *,
        history=12,
        horizon=12,
        features=1,
        units=64,
        mean=0.0,
        std=1.0,
        head="seq2seq",
        layer_norm="joint",
        reduce="mean",
        upsampling="copy",
        partition="pga",
        propagation="auto",
        sampling_decay=660.0,
        seed=None,
        graph_size=None,
        dtype=None,
        name="st_unet",
        **kwargs,
    ):
        check_one_source(adj, graph_size, "adj", "graph_size")
        checked_choice(head, "head", HEADS)
        checked_choice(layer_norm, "layer_norm", LAYER_NORMS)
        history = checked_count(history, "history", 1)
        horizon = checked_count(horizon, "horizon", 1)
        features = checked_count(features, "features", 1)
        pooling, dilations = _levels(p, s)
        graphs, partitions = _graphs(adj, pooling, partition, graph_size)
        policy = keras.dtype_policies.get(dtype or keras.config.dtype_policy())

        # === Layers ===
        def cell(level):
            return GCGRUCell(
                units,
                K,
                propagation=propagation,
                **graphs[level],
                dtype=policy,
            )

        def norm(name):
            if layer_norm is None:
                return keras.layers.Identity(dtype=policy, name=name)
            axis = (-2, -1) if layer_norm == "joint" else -1
            return keras.layers.LayerNormalization(
                axis=axis, epsilon=1e-6, dtype=policy, name=name
            )

        def u_shape(side, last_only=False):
            depth = len(pooling)
            options = {"return_state": True, "dtype": policy}
            first = DilatedRNN(cell(0), name=f"{side}_gcgru", **options)
            pools = [
                STPool(
                    cell(level + 1),
                    s=dilations[level],
                    reduce=reduce,
                    name=f"{side}_st_pool_{level + 1}",
                    **partitions[level],
                    **options,
                )
                for level in range(depth)
            ]
            unpools = [
                STUnpool(
                    cell(level),
                    upsampling=upsampling,
                    return_sequences=level > 0 or not last_only,
                    name=f"{side}_st_unpool_{level + 1}",
                    **partitions[level],
                    **options,
                )
                for level in reversed(range(depth))
            ]
            norms = [norm(f"{side}_norm_{i + 1}") for i in range(2 * depth)]
            last_norm = norm(f"{side}_norm_{2 * depth + 1}")
            return UShape(first, pools, unpools, norms, last_norm)

        normalise = Normalise(mean, std, name="normalise")
        encoder = u_shape("encoder", last_only=True)
        # In float32: a forecast rounded to bfloat16 is off by 0.1 mph.
        conv = ChebConv(
            horizon if head == "direct" else 1,
            K,
            propagation=propagation,
            **graphs[0],
            dtype="float32",
            name="forecast",
        )
        decoder = None
        if head == "seq2seq":
            decoder = ScheduledDecoder(
                u_shape("decoder"),
                conv,
                horizon,
                sampling_decay,
                seed,
                dtype=policy,
                name="decoder",
            )
        denormalise = Denormalise(mean, std, name="denormalise")

        def forecast(x, y=None):
            x = normalise(x)  # (B, history, N, F)
            latest, states = run_u(encoder, x)  # (B, N, U), states
            if decoder is None:
                out = conv(encoder.last_norm(latest))  # (B, N, horizon)
                out = ops.transpose(out, (0, 2, 1))[..., None]
            elif y is None:
                out = decoder(states)  # (B, horizon, N, 1)
            else:
                out = decoder(states, targets=normalise(y))
            return denormalise(out)  # (B, horizon, N, 1)

        # === Functional model ===
        nodes = conv.graph.num_nodes
        inputs = keras.Input((history, nodes, features), name="history")
        super().__init__(
            inputs=inputs, outputs=forecast(inputs), name=name, **kwargs
        )

        # === Config ===
        self._forecast = forecast
        self.head = head
        self.history_steps, self.horizon = history, horizon
        self.decoder = decoder
        self._config = {
            "adj": None,
            "K": K,
            "p": p,
            "s": s,
            "history": history,
            "horizon": horizon,
            "features": features,
            "units": units,
            "mean": float(mean),
            "std": float(std),
            "head": head,
            "layer_norm": layer_norm,
            "reduce": reduce,
            "upsampling": upsampling,
            "partition": partition,
            "propagation": propagation,
            "sampling_decay": sampling_decay,
            "seed": seed,
            "graph_size": _sizes(encoder),
            "dtype": keras.dtype_policies.serialize(policy),
            "name": name,
        }

    @property
    def input_spec(self):
        """None: `call` also takes the pair that `train_step` makes."""
        return None

    def call(self, inputs, training=None, mask=None):
        """Forecast from history; or from (history, truth) in training."""
        if isinstance(inputs, (tuple, list)) and len(inputs) == 2:
            return self._forecast(*inputs)
        return super().call(inputs, training=training, mask=mask)

    def train_step(self, *args):
        """One step; a decoder is shown the truth as well as the history."""
        *state, data = args
        if self.decoder is not None:
            x, y, weight = keras.utils.unpack_x_y_sample_weight(data)
            data = ((x, y), y, weight)
        return super().train_step(*state, data)

    def get_config(self):
        return dict(self._config)

    @classmethod
    def from_config(cls, config, custom_objects=None):
        return cls(**config)


def build_st_unet(adj, K=3, p=2, s=2, **options):
    """Build ST-UNet."""
    return STUNet(adj, K, p, s, **options)


def _levels(p, s):
    pooling = tuple(np.atleast_1d(p).tolist())
    dilations = tuple(np.atleast_1d(s).tolist())
    if len(pooling) == 1:
        pooling = pooling * len(dilations)
    if len(dilations) == 1:
        dilations = dilations * len(pooling)
    if len(pooling) != len(dilations):
        raise ValueError(
            f"`p` is {p!r} and `s` is {s!r}; expected one number each, or "
            "sequences of the same length, one entry a pooling level."
        )
    pooling = tuple(checked_count(level, "p", 0) for level in pooling)
    return pooling, tuple(checked_count(level, "s", 1) for level in dilations)


def _graphs(adj, pooling, method, graph_size):
    # Keyword arguments of cells (one graph a level) and of pools.
    if adj is None:
        graphs = [{"graph_size": size} for size in graph_size["graphs"]]
        sizes = graph_size["partitions"]
        return graphs, [{"partition_size": size} for size in sizes]
    graphs = [{"adjacency": check_adjacency(adj)}]
    partitions = []
    for rounds in pooling:
        fine = graphs[-1]["adjacency"]
        coarse = partition_graph(fine, rounds, method)
        partitions.append({"partition": coarse})
        graphs.append({"adjacency": coarse.adjacency})
    return graphs, partitions


def _sizes(u):
    cells = [u.first.cell, *(pool.rnn.cell for pool in u.pools)]
    unpools = reversed(u.unpools)  # their sizes hold those of the pools too
    return {
        "graphs": [cell.graph.graph_size for cell in cells],
        "partitions": [layer.unpool.partition_size for layer in unpools],
    }
