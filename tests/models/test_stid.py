"""STID: its equation, its weight decay, what it knows of a sensor and time."""

import keras
import numpy as np
import pytest
from numpy.testing import assert_allclose

from keras_stunet.losses import MeanL1
from keras_stunet.models import build_stid

CALENDAR = ["time_of_day", "day_of_week"]
NODES, HISTORY, HORIZON, SLOTS = 4, 3, 2, 8


def make(calendar=CALENDAR, **options):
    keras.utils.set_random_seed(1)
    options = {"units": 3, "layers": 2, "slots": SLOTS, **options}
    model = build_stid(
        None,
        graph_size={"nodes": NODES},
        history=HISTORY,
        horizon=HORIZON,
        features=1 + len(calendar),
        calendar=calendar,
        mean=50.0,
        std=10.0,
        **options,
    )
    rng = np.random.default_rng(2)
    for variable in model.trainable_variables:
        variable.assign(rng.normal(scale=0.5, size=variable.shape))
    return model


def history(batch=5):
    """Readings around 50, and the calendar of steps of an eighth of a day."""
    rng = np.random.default_rng(3)
    step = rng.integers(0, 7 * SLOTS, batch)[:, None] + np.arange(HISTORY)
    x = rng.normal(50, 10, (batch, HISTORY, NODES, 1))
    times = np.stack([step % SLOTS / SLOTS, step // SLOTS % 7 / 7], axis=-1)
    times = np.broadcast_to(times[:, :, None], (*x.shape[:3], 2))
    return np.concatenate([x, times], axis=-1).astype("float32")


def loops(model, x):
    """Window by window and sensor by sensor, in float64."""
    by = {"/".join(v.path.split("/")[-2:]): v for v in model.weights}
    w = {name: np.array(v, "float64") for name, v in by.items()}
    x = x.astype("float64")
    x[..., 0] = (x[..., 0] - 50) / 10
    out = np.zeros((len(x), HORIZON, NODES, 1))
    for b in range(len(x)):
        for n in range(NODES):
            h = x[b, :, n].reshape(-1) @ w["enter/kernel"] + w["enter/bias"]
            slot = round(x[b, -1, n, 1] * SLOTS)
            day = round(x[b, -1, n, 2] * 7)
            h = np.concatenate(
                [
                    h,
                    w["identities/sensor"][n],
                    w["identities/time"][slot],
                    w["identities/day"][day],
                ]
            )
            for i in (1, 2):
                inner, outer = f"block_{i}_inner", f"block_{i}_outer"
                a = h @ w[f"{inner}/kernel"] + w[f"{inner}/bias"]
                a = np.maximum(a, 0)
                h = h + a @ w[f"{outer}/kernel"] + w[f"{outer}/bias"]
            y = h @ w["forecast/kernel"] + w["forecast/bias"]
            out[b, :, n, 0] = 50 + 10 * y
    return out


def test_forecast_equals_loops_over_sensors():
    model, x = make(), history()
    assert_allclose(model.predict(x, verbose=0), loops(model, x), 1e-4)


@pytest.mark.long_on_jax
def test_the_published_width():
    # (12 * 3 + 1) 32 + 32 (N + 288 + 7) + 3 * 2 (128 + 1) 128 + 129 * 12
    model = build_stid(
        None, graph_size={"nodes": 228}, features=3, calendar=CALENDAR
    )
    assert model.count_params() == 37 * 32 + 32 * 523 + 6 * 129 * 128 + 1548


def test_the_loss_has_half_the_decay_times_the_squares_of_all_weights():
    model, x = make(weight_decay=0.1, dropout=0.0), history()
    y = np.full((len(x), HORIZON, NODES, 1), 60.0, "float32")
    model.compile("sgd", MeanL1())
    loss = model.evaluate(x, y, verbose=0)
    error = np.abs(model.predict(x, verbose=0) - y).mean()
    squares = sum(
        (np.array(v, "float64") ** 2).sum() for v in model.trainable_variables
    )
    assert loss == pytest.approx(error + 0.05 * squares, rel=1e-5)


def test_without_times_it_knows_the_sensor():
    model = make(calendar=[])
    x = np.full((1, HISTORY, NODES, 1), 50.0, "float32")
    y = model.predict(x, verbose=0)[0, 0, :, 0]
    assert len(np.unique(y)) == NODES


def test_a_sensor_sees_no_other():
    model, x = make(), history()
    before = model.predict(x, verbose=0)
    x[:, :, 1, 0] += 5
    moved = np.abs(model.predict(x, verbose=0) - before).max(axis=(0, 1, 3))
    assert (moved > 0).tolist() == [False, True, False, False]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"dropout": 1.0}, "`dropout` is 1.0; expected a share"),
        ({"weight_decay": -1}, "`weight_decay` is -1; expected a share"),
        ({"slots": 0}, "`slots` is 0"),
        ({"calendar": ["time_of_day"]}, "`calendar` is .*; expected"),
    ],
)
def test_bad_options(options, message):
    with pytest.raises(ValueError, match=message):
        make(**options)
