"""ST-UNet+: small and quick, on what is usual at each sensor and time."""

import keras
from keras import ops

from keras_stunet.checks import check_count
from keras_stunet.layers import Identities
from keras_stunet.layers import LearnedGraph
from keras_stunet.layers import PointwiseDense
from keras_stunet.layers import Relaxation
from keras_stunet.models.forecaster import Forecaster
from keras_stunet.models.options import check_options
from keras_stunet.models.options import check_share
from keras_stunet.models.options import count_nodes
from keras_stunet.models.plus_inputs import sized_profile
from keras_stunet.models.plus_inputs import split_columns
from keras_stunet.models.scaler import by_step
from keras_stunet.models.scaler import make_scaler


@keras.saving.register_keras_serializable(package="keras_stunet")
class STUNetPlus(Forecaster):
    """ST-UNet+, made by `build_st_unet_plus` (see there)."""

    @classmethod
    def from_config(cls, config, custom_objects=None):
        return build_st_unet_plus(**config)


def build_st_unet_plus(
    adj,
    *,
    history=12,
    horizon=12,
    features=1,
    targets=(0,),
    calendar=(),
    covariates=0,
    static=0,
    profile=None,
    units=96,
    layers=3,
    graphs=4,
    rank=10,
    dropout=0.1,
    node_dropout=0.4,
    mean=0.0,
    std=1.0,
    non_negative=False,
    quantiles=None,
    seed=None,
    graph_size=None,
    profile_size=None,
    dtype=None,
    name="st_unet_plus",
    **unknown,
):
    r"""Build ST-UNet+: one network for all sensors, that knows each of them.

        history (B, T, N, F)                future (B, horizon, N, C)
          | reading x, usual u, spread s      | usual u', spread s'
          | covariates k, static c            | covariates k'
          v                                   |
        departure d = x - u                   |
          |    \                              |
          |     learned graphs A_1 d ... A_G d
          v      v                            v
        [ x ; d ; d / s ; A_g d ; u' ; s' ; k ; k' ; c ] W
          + sensor + time of day + weekday
          |
          |  h <- h + W_2 dropout(relu(W_1 relu(h)))        `layers` times
          v
        forecast_t = u'_t + w_t d_last + W_t relu(h)

    for each sensor by itself, with the same weights for all: what differs
    between sensors is in a vector of each (`Identities`), in the graphs
    (`LearnedGraph`) and in what is usual.

    What is usual at a sensor by time of day comes from the training days
    (`keras_stunet.data.profiles`), for the steps of the history and for those
    to be forecast; so the network has to learn no more than the departure
    from it. Without a profile the mean of all readings stands in.

    Taken from others: vectors of sensor, time of day and weekday, as in STID
    (Shao et al. 2022); the historical mean as an input, as in ST-SSDL (Gao et
    al. 2025), which has that of the history alone; graphs from two vectors
    a node, as in Graph WaveNet (Wu et al. 2019).

    Args:
        adj: `(N, N)` non-negative weights, directed or not, dense or
            `scipy.sparse`. Nothing but N is taken of it.
        history: Number of input steps.
        horizon: Number of steps to forecast.
        features: Number of input features F: the measurements, the calendar,
            the covariates, what sensors are, with a mask channel their
            presence, and with a profile the usual reading of each, then the
            spread of each.
        targets: Numbers of the D_out input features to forecast.
        calendar: What the calendar features are, `"time_of_day"` and
            `"day_of_week"`, or `()`.
        covariates: Number E of covariates, which are known in advance. With
            any there is a second input `(B, horizon, N, C)`: calendar and
            covariates of the steps ahead.
        static: Number S of features that say what a sensor is.
        profile: `(kinds, steps_per_day, N, 2 D)` usual readings and spreads
            by time of day, the `table` of a `Profile`; or `None`. With it
            there is the second input, too, which ends with usual readings
            and spreads of the steps ahead. It is saved as a weight, for
            forecasts later, and not in the config, where it is `None`.
        units: Width of the network.
        layers: Number of residual blocks.
        graphs: Number G of learned graphs; 0 for none.
        rank: Length of the vectors that a graph is made of.
        dropout: Share of a block's features that training leaves out.
        node_dropout: Share of the sensors whose departures training leaves
            out of the graphs, window by window: without it the network knows
            a training day again by all sensors together.
        mean: Mean of the training readings, in original units: a number; of
            D measurements `(D,)`; by sensor `(N, D)`.
        std: Their standard deviation, above 0, likewise.
        non_negative: Whether forecasts are kept at 0 or above
            (`Denormalise`).
        quantiles: Q quantiles to forecast, as
            `(0.1, 0.5, 0.9)`: rising, the median 0.5 among them; `None` for
            one forecast. They never cross (`OrderedQuantiles`).
        seed: Seed of the dropout; weights take `keras.utils.set_random_seed`.
        graph_size: `{"nodes": N}`, in place of `adj`.
        profile_size: `{"kinds": ..., "steps_per_day": ...}` of a profile that
            is loaded later; only in configs.
        dtype: `"float32"`, `"mixed_bfloat16"` or `"mixed_float16"`; by
            default Keras' global policy.
        name: Name of the model.
        **unknown: Nothing; another name raises and offers the nearest one.

    Returns:
        An `STUNetPlus`, a `keras.Model` from `(B, history, N, F)`, with a
        profile or covariates from a list of it and of `(B, horizon, N, C)`, to
        `(B, horizon, N, D_out)`, with quantiles `(B, horizon, N, D_out Q)`.

    Raises:
        TypeError: For an unknown option.
        ValueError: For an option out of range or a bad adjacency. The model
            itself raises it for inputs of another shape.

    Example:
    >>> model = build_st_unet_plus(None, graph_size={"nodes": 8})
    >>> model.output_shape
    (None, 12, 8, 1)
    """
    config, policy = check_options(build_st_unet_plus, locals())
    nodes = count_nodes(config, adj)
    graphs = config["graphs"] = check_count("graphs", graphs, 0)
    for option in ("dropout", "node_dropout"):
        check_share(option, config[option])
    scaler = make_scaler(config, nodes)
    measurements = scaler.measurements
    profile = sized_profile(config, profile, nodes, measurements)
    columns = split_columns(config, measurements)
    takes_future = profile is not None or config["covariates"] > 0

    # === Layers ===
    def dense(width, name):
        return PointwiseDense(width, dtype=policy, name=name)

    mixing = None
    if graphs:
        mixing = LearnedGraph(graphs, rank, dtype=policy, name="graphs")
        sensors = keras.layers.Dropout(
            node_dropout,
            noise_shape=(None, nodes, 1),
            seed=seed,
            dtype=policy,
            name="sensors",
        )
    enter = dense(units, "enter")
    identities = Identities(dtype=policy, name="identities")
    blocks = [
        (
            dense(units, f"block_{i}_inner"),
            keras.layers.Dropout(
                dropout, seed=seed, dtype=policy, name=f"block_{i}_dropout"
            ),
            dense(units, f"block_{i}_outer"),
        )
        for i in range(1, layers + 1)
    ]
    # In float32: a forecast rounded to bfloat16 is off by 0.1 mph.
    readout = PointwiseDense(
        horizon * scaler.outputs,
        kernel_initializer=keras.initializers.VarianceScaling(0.1),
        dtype="float32",
        name="forecast",
    )
    relaxation = Relaxation(horizon, dtype="float32", name="relaxation")

    # === Functional model ===
    def split_usual(x):
        # Usual readings and spreads, in standard units
        usual, spread = ops.split(x, 2, axis=-1)
        spread = ops.cast(spread, "float32") / scaler.normalise.std
        return scaler.normalise(usual), spread

    def forecast(inputs, y=None, training=None):
        x, future = inputs if takes_future else (inputs, None)
        parts = ops.split(x, columns, axis=-1)  # some may be empty
        x, times, known, kinds, presence, usual = parts  # (B, T, N, _) each
        x = departure = scaler.normalise(x)  # (B, T, N, D)
        ahead = ops.zeros_like(x[:, :1])
        seen = [x, presence]
        if profile is not None:
            usual, spread = split_usual(usual)
            ahead, spread_ahead = split_usual(future[..., -2 * measurements :])
            departure = x - usual
            seen += [departure, departure / (spread + 0.1)]
            seen += [ahead, spread_ahead]
        if config["covariates"]:
            first = len(calendar)
            later = future[..., first : first + config["covariates"]]
            seen += [known, later]
        seen.append(kinds[:, -1:])
        seen = [_by_node(part) for part in seen if part.shape[-1]]
        if mixing is not None:
            kept = sensors(_by_node(departure), training=training)
            seen.append(mixing(kept))
        h = enter(ops.concatenate(seen, axis=-1))  # (B, N, U)
        h = identities([h, times[:, -1, 0]] if calendar else h)
        for inner, drop, outer in blocks:
            inside = ops.relu(inner(ops.relu(h)))
            h = h + outer(drop(inside, training=training))
        out = by_step(readout(ops.relu(h)), horizon)  # (B, horizon, N, outputs)
        of_targets = [
            _chosen(part, config["targets"])
            for part in (ahead, departure[:, -1:])
        ]
        return scaler.to_units(out, around=relaxation(of_targets))

    inputs = keras.Input((history, nodes, features), name="history")
    if takes_future:
        usual = 2 * measurements if profile is not None else 0
        width = len(calendar) + config["covariates"] + usual
        inputs = [inputs, keras.Input((horizon, nodes, width), name="future")]
    return STUNetPlus(inputs, forecast, config, profile=profile)


def _by_node(x):
    # (B, T, N, D) -> (B, N, T D)
    nodes, size = x.shape[2], x.shape[1] * x.shape[3]
    return ops.reshape(ops.transpose(x, (0, 2, 1, 3)), (-1, nodes, size))


def _chosen(x, targets):
    # The features `targets` of x
    if targets == list(range(x.shape[-1])):
        return x
    return ops.take(x, targets, axis=-1)
