"""Windows with what is usual: contents, days left out, leaks, backends."""

import numpy as np
import pytest

from keras_stunet.data import Series
from keras_stunet.data import make_windows
from keras_stunet.data import to_tf_data
from keras_stunet.data.profiles import fit_profile
from keras_stunet.data.profiles import profiles_without

PER_DAY, DAYS, NODES = 8, 12, 3
TRAINING = 8 * PER_DAY  # rows
BOTH = ("time_of_day", "day_of_week")
PARTS = {"days": (8, 2, 2), "windows": (6, 2, 2)}


def make_series(measurements=1, masked=False, timed=True, seed=0):
    rng = np.random.default_rng(seed)
    shape = (PER_DAY * DAYS, NODES, measurements)
    values = rng.normal(60, 10, shape).astype("float32")
    if measurements == 1:
        values = values[..., 0]
    step = np.timedelta64(86_400 // PER_DAY, "s")
    times = np.datetime64("2024-01-01T00:00:00") + np.arange(len(values)) * step
    return Series(
        values,
        np.ones((NODES, NODES)),
        timestamps=times if timed else None,
        mask=rng.random(values.shape) < 0.8 if masked else None,
    )


def split(series, protocol="windows", horizon=2, **options):
    return make_windows(
        series,
        protocol,
        3,
        horizon,
        parts=PARTS[protocol],
        profile=True,
        **{"calendar": BOTH, **options},
    )


@pytest.mark.parametrize("measurements", [1, 2])
@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.parametrize("protocol", ["days", "windows"])
def test_gather_equals_a_loop(protocol, masked, measurements):
    series = make_series(measurements, masked)
    splits = split(series, protocol, mask_channel=True)
    D, rows = measurements, splits.train.covered_rows()
    readings = series.values.reshape(*series.values.shape[:2], D)
    present = np.ones(readings.shape, bool)
    if masked:
        present = series.mask.reshape(readings.shape)
    given = readings[rows], present[rows], series.timestamps[rows], PER_DAY
    profile = fit_profile(*given)
    day = np.arange(len(readings)) // PER_DAY
    for name, windows in zip(("train", "validation"), splits[:2], strict=True):
        assert windows.num_features == 4 * D + 2
        assert windows.num_future_features == 2 * D + 2
        for index in (0, 4, 6, len(windows) - 1):
            (x, future), *_ = windows.gather([index])
            assert x.shape == (1, 3, NODES, 4 * D + 2)
            assert future.shape == (1, 2, NODES, 2 * D + 2)
            first = windows.starts[index]
            for row in range(first, first + 5):
                ahead = row - first >= 3
                found = (future if ahead else x)[0, (row - first) % 3]
                usual = profile.at(series.timestamps[row : row + 1])[0]
                if name == "train":
                    span = day[row] - day[first], day[first + 4] - day[row]
                    usual = profiles_without(*given, [span])[0][row]
                np.testing.assert_allclose(found[:, -2 * D :], usual, 1e-5)
                times = found[:, :2] if ahead else found[:, D : D + 2]
                part = row % PER_DAY / PER_DAY, day[row] % 7 / 7
                np.testing.assert_allclose(times, [part] * NODES, 1e-5)
                if ahead:
                    continue
                reading = (
                    readings[row]
                    if not masked
                    else np.where(present[row], readings[row], usual[:, :D])
                )
                np.testing.assert_allclose(found[:, :D], reading, 1e-5)
                there = found[:, D + 2 : 2 * D + 2]
                np.testing.assert_array_equal(there, present[row])


@pytest.mark.parametrize("protocol", ["days", "windows"])
def test_nothing_later_than_the_training_rows_moves_anything(protocol):
    series = make_series()
    values = series.values.copy()
    splits = split(series, protocol)
    values[splits.train.covered_rows()[-1] + 1 :] = -1000.0
    other = Series(values, series.adjacency, timestamps=series.timestamps)
    again = split(other, protocol)
    np.testing.assert_array_equal(again.profile.table, splits.profile.table)
    for one, two in zip(splits[:3], again[:3], strict=True):
        np.testing.assert_array_equal(one.usual.values, two.usual.values)


@pytest.mark.parametrize("horizon", [2, PER_DAY + 5])  # over three days
def test_no_training_window_sees_its_own_days_in_what_is_usual(horizon):
    series = make_series()
    windows = split(series, horizon=horizon).train
    for index in (0, 5, 7, 20, len(windows) - 1):
        first = windows.starts[index]
        rows = np.arange(first, first + 3 + horizon)
        days = np.unique(rows // PER_DAY)
        values = series.values.copy()
        for d in days:
            values[d * PER_DAY : (d + 1) * PER_DAY] = -1000.0
        other = Series(values, series.adjacency, timestamps=series.timestamps)
        (x, future), *_ = windows.gather([index])
        (x2, future2), *_ = split(other, horizon=horizon).train.gather([index])
        np.testing.assert_allclose(x2[..., -2:], x[..., -2:], 1e-4)
        np.testing.assert_allclose(future2[..., -2:], future[..., -2:], 1e-4)


@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.parametrize("measurements", [1, 2])
def test_tensorflow_and_jax_gather_the_same(measurements, masked):
    windows = split(make_series(measurements, masked), mask_channel=True).train
    expected = windows.gather(np.arange(len(windows)))
    batches = {}
    pytest.importorskip("tensorflow")
    (batches["tensorflow"],) = to_tf_data(windows, len(windows))
    jax = pytest.importorskip("jax")
    from keras_stunet.data.device_batches import DeviceBatches

    batches["jax"] = DeviceBatches(windows, len(windows), 1)[0]
    for found in batches.values():
        assert len(found) == len(expected)
        for one, two in zip(
            jax.tree.leaves(found), jax.tree.leaves(expected), strict=True
        ):
            np.testing.assert_allclose(one, two, 1e-6)


@pytest.mark.parametrize(
    ("parts", "timed", "message"),
    [((2, 5, 5), True, "has 2 days"), ((8, 2, 2), False, "no timestamps")],
)
def test_where_too_little_is_known_windows_do_without(parts, timed, message):
    series = make_series(timed=timed)
    calendar = BOTH if timed else ()
    with pytest.warns(UserWarning, match=message):
        splits = make_windows(
            series,
            "days",
            3,
            2,
            parts=parts,
            calendar=calendar,
            profile=True,
            steps_per_day=PER_DAY,
        )
    assert splits.profile is None and splits.train.num_future_features == 0
    x, _ = splits.train.gather([0])
    assert x.shape == (1, 3, NODES, 1 + len(calendar))


def test_what_is_usual_of_other_rows_is_refused():
    windows = split(make_series()).test
    short = windows.usual._replace(values=windows.usual.values[:, :20])
    with pytest.raises(ValueError, match=r"at least 96 rows"):
        type(windows)(windows.values, None, windows.starts, 3, 2, usual=short)
