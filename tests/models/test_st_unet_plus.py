"""ST-UNet+ against its equations in NumPy, with and without a profile."""

import keras
import numpy as np
import pytest

from keras_stunet.models import build_st_unet_plus

HISTORY, HORIZON, NODES, PER_DAY = 3, 2, 8, 4
CALENDAR = ("time_of_day", "day_of_week")


def make(graph, measurements=1, profile=True, presence=False, **options):
    keras.utils.set_random_seed(3)
    D = measurements
    if profile:
        table = np.random.default_rng(0).uniform(
            40, 60, (1, PER_DAY, NODES, 2 * D)
        )
        options |= {"profile": table, "calendar": CALENDAR}
    features = D * (1 + 2 * profile + presence) + 2 * profile
    mean, std = (50.0, 10.0) if D == 1 else ([50.0, 3.0], [10.0, 2.0])
    model = build_st_unet_plus(
        graph,
        history=HISTORY,
        horizon=HORIZON,
        features=features,
        units=4,
        layers=2,
        graphs=2,
        rank=2,
        mean=mean,
        std=std,
        **options,
    )
    rng = np.random.default_rng(2)
    for weight in model.trainable_variables:
        noise = rng.normal(scale=0.3, size=weight.shape)
        weight.assign(keras.ops.convert_to_numpy(weight) + noise)
    return model


def inputs_of(model, batch=3, seed=1):
    rng = np.random.default_rng(seed)
    arrays = []
    for given in model.inputs:
        x = rng.normal(50, 10, (batch, *given.shape[1:]))
        arrays.append(x.astype("float32"))
    measurements = len(np.atleast_1d(model.get_config()["mean"]))
    if len(arrays) > 1:
        times = arrays[0][..., measurements : measurements + 2]
        times[:] = rng.integers(0, 7, (batch, 1, 1, 2)) / 7
    return arrays


def numpy_forecast(model, arrays):
    weights = {
        path: keras.ops.convert_to_numpy(w)
        for path, w in ((w.path, w) for w in model.weights)
    }

    def of(layer, name):
        (found,) = [
            value
            for path, value in weights.items()
            if path.endswith(f"{layer}/{name}")
        ]
        return found

    def dense(x, layer):
        return x @ of(layer, "kernel") + of(layer, "bias")

    config = model.get_config()
    mean, std = (np.asarray(config[key]) for key in ("mean", "std"))
    D = len(np.atleast_1d(mean))
    x = arrays[0]
    reading = (x[..., :D] - mean) / std
    departure, usual_ahead = reading, np.zeros((1, 1, 1, D))
    extra = len(config["calendar"]) + D
    seen = [reading, x[..., extra : x.shape[-1] - 2 * D * (len(arrays) - 1)]]
    if len(arrays) > 1:
        usual, spread = x[..., -2 * D : -D], x[..., -D:]
        departure = reading - (usual - mean) / std
        usual_ahead = (arrays[1][..., -2 * D : -D] - mean) / std
        seen += [departure, departure / (spread / std + 0.1)]
        seen += [usual_ahead, arrays[1][..., -D:] / std]

    def by_node(x):
        return x.transpose(0, 2, 1, 3).reshape(len(x), NODES, -1)

    seen = [by_node(part) for part in seen]
    for E, F in zip(
        of("graphs", "seeking"), of("graphs", "found"), strict=True
    ):
        A = np.exp(np.maximum(E @ F.T, 0))
        A /= A.sum(axis=1, keepdims=True)
        seen.append(np.einsum("ij,bjf->bif", A, by_node(departure)))
    h = dense(np.concatenate(seen, axis=-1), "enter")
    h = h + of("identities", "sensor")
    if config["calendar"]:
        part, day = x[:, -1, 0, D], np.round(7 * x[:, -1, 0, D + 1]).astype(int)
        angle = 2 * np.pi * part[:, None] * np.arange(1, 9)
        waves = np.concatenate([np.sin(angle), np.cos(angle)], axis=-1)
        when = waves @ of("identities", "time") + of("identities", "day")[day]
        h = h + when[:, None]
    for i in (1, 2):
        inner = dense(np.maximum(h, 0), f"block_{i}_inner")
        h = h + dense(np.maximum(inner, 0), f"block_{i}_outer")
    targets = config["targets"]
    out = dense(np.maximum(h, 0), "forecast")
    out = out.reshape(len(x), NODES, HORIZON, len(targets))
    share = of("relaxation", "share")
    y = usual_ahead[..., targets] + share * departure[:, -1:][..., targets]
    y = y + out.transpose(0, 2, 1, 3)
    if D > 1:
        mean, std = mean[targets], std[targets]
    return y * std + mean


@pytest.mark.parametrize("presence", [False, True])
@pytest.mark.parametrize("profile", [False, True])
@pytest.mark.parametrize(
    ("measurements", "targets"), [(1, (0,)), (2, (1,)), (2, (1, 0))]
)
def test_it_is_its_equations(graph, profile, presence, measurements, targets):
    model = make(graph, measurements, profile, presence, targets=targets)
    arrays = inputs_of(model)
    found = model.predict(arrays if profile else arrays[0], verbose=0)
    assert found.shape == (3, HORIZON, NODES, len(targets))
    np.testing.assert_allclose(found, numpy_forecast(model, arrays), 2e-4, 2e-3)


def test_the_usual_reading_is_forecast_where_nothing_departs_from_it(graph):
    model = make(graph)
    model.get_layer("forecast").set_weights(
        [0 * w for w in model.get_layer("forecast").get_weights()]
    )
    x, future = inputs_of(model)
    x[..., 0] = x[..., -2]
    found = model.predict([x, future], verbose=0)
    np.testing.assert_allclose(found, future[..., -2:-1], 1e-4)


def test_a_saved_model_keeps_the_profile(graph, tmp_path):
    model = make(graph)
    arrays = inputs_of(model)
    model.save(tmp_path / "model.keras")
    again = keras.saving.load_model(tmp_path / "model.keras")
    np.testing.assert_array_equal(again.profile, model.profile)
    assert np.array(model.profile).std() > 1
    np.testing.assert_array_equal(
        again.predict(arrays, verbose=0), model.predict(arrays, verbose=0)
    )
    config = model.get_config()
    assert config["adj"] is None and config["profile"] is None
    assert config["profile_size"] == {"kinds": 1, "steps_per_day": PER_DAY}


def test_a_training_learns_and_leaves_the_profile_alone(graph):
    model = make(graph, dropout=0.5)
    assert not model.profile.trainable
    before = np.array(model.profile)
    arrays = inputs_of(model, 32)
    y = arrays[1][..., -2:-1] + 0.5 * (arrays[0][:, -1:, :, :1] - 50)
    model.compile(keras.optimizers.Adam(0.01), "mae")
    losses = model.fit(arrays, y, epochs=8, verbose=0).history["loss"]
    assert losses[-1] < 0.9 * losses[0]
    np.testing.assert_array_equal(model.profile, before)
    # Dropout is of the training alone.
    one, two = (model.predict(arrays, verbose=0) for _ in range(2))
    np.testing.assert_array_equal(one, two)


def test_training_leaves_whole_sensors_out_of_the_graphs(graph):
    model = make(graph, dropout=0.0, node_dropout=0.5)
    seen, mix = [], model.get_layer("graphs").call

    def keep(x):
        seen.append(keras.ops.convert_to_numpy(x))
        return mix(x)

    model.get_layer("graphs").call = keep
    arrays = inputs_of(model, 50)
    for training in (False, True):
        model(arrays, training=training)
    whole, part = seen  # (50, N, T)
    gone = (part == 0).all(axis=-1)
    assert 0.3 < gone.mean() < 0.7
    np.testing.assert_allclose(part[~gone], 2 * whole[~gone], 1e-5)


def test_the_history_alone_is_refused_where_more_is_known(graph):
    model = make(graph)
    x, future = inputs_of(model)
    with pytest.raises(ValueError, match="known of the steps to forecast"):
        model(x)
    with pytest.raises(ValueError, match="future given to .* has shape"):
        model([x, future[..., :1]])
    with pytest.raises(ValueError, match="history and future alone"):
        model([x, future, future])


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"features": 3}, "`features` is 3; expected 1, or 2 with"),
        ({"graphs": -1}, "`graphs` is -1"),
        ({"rank": 0}, "`rank` is 0"),
        ({"dropout": 1}, "`dropout` is 1; expected a share"),
        ({"node_dropout": "x"}, "`node_dropout` is 'x'"),
        ({"calendar": ("day_of_week",), "features": 2}, "`calendar` is"),
        ({"profile": np.zeros((1, 4, 7, 2))}, "`profile` has shape"),
        ({"unit": 3}, "Did you mean 'units'"),
    ],
)
def test_bad_options_are_refused(graph, options, message):
    with pytest.raises((ValueError, TypeError), match=message):
        build_st_unet_plus(graph, **options)


@pytest.mark.long_on_jax
def test_no_graph_is_needed():
    model = build_st_unet_plus(None, graph_size={"nodes": 4}, graphs=0)
    assert model.predict(np.zeros((1, 12, 4, 1)), verbose=0).shape[2] == 4
    edgeless = build_st_unet_plus(np.zeros((4, 4)))
    assert edgeless.output_shape == (None, 12, 4, 1)
