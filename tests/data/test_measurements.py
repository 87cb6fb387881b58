"""Several measurements: windows, targets, and scales from training alone."""

import dataclasses

import numpy as np
import pytest

from keras_stunet.data import Series
from keras_stunet.data import Windows
from keras_stunet.data import make_windows
from keras_stunet.data import to_tf_data

NAMES = ["flow", "speed", "share"]
STEPS, NODES, D = 60, 3, 3


def make_series(masked=True, **changes):
    rng = np.random.default_rng(0)
    size = np.array([400.0, 60.0, 0.2]) * np.array([[1], [5], [0.1]])
    values = rng.normal(size, size / 10, (STEPS, NODES, D))
    mask = rng.random(values.shape) < 0.7
    times = np.datetime64("2012-05-03") + np.arange(STEPS) * np.timedelta64(
        2, "h"
    )
    given = {
        "values": np.where(mask, values, np.nan) if masked else values,
        "mask": mask if masked else None,
        "adjacency": np.ones((NODES, NODES)),
        "timestamps": times,
        "measurements": NAMES,
    }
    return Series(**given | changes)


def split(series, **options):
    sizes = {"history": 4, "horizon": 3, "parts": (3, 1, 1)}
    return make_windows(series, **sizes | options)


def everything(series, **options):
    options |= {"calendar": ("time_of_day",), "mask_channel": True}
    return split(series, **options)


@pytest.mark.parametrize("mask", [False, True])
@pytest.mark.parametrize("scale", ["all", "sensor"])
@pytest.mark.parametrize(
    ("targets", "numbers"),
    [(None, [0]), ("share", [2]), (["speed", "flow"], [1, 0]), ("all", None)],
)
def test_gather_equals_a_loop(mask, scale, targets, numbers):
    series = make_series(mask)
    splits = everything(series, targets=targets, scale=scale)
    windows, indices = splits.validation, [3, 0]
    numbers = [0, 1, 2] if numbers is None else numbers
    assert windows.targets == tuple(numbers)
    assert windows.target_names == tuple(NAMES[at] for at in numbers)
    x, y, *rest = windows.gather(indices)
    assert x.shape == (2, 4, NODES, 3 + 1 + 3) and windows.num_features == 7
    assert y.shape == (2, 3, NODES, len(numbers))
    for place in np.ndindex(2, 7, NODES):
        b, t, node = place
        row = windows.starts[indices[b]] + t
        there = series.mask[row, node] if mask else np.ones(D, bool)
        fill = splits.mean[node] if scale == "sensor" else splits.mean
        values = np.where(there, series.values[row, node], np.float32(fill))
        if t < 4:
            hour = series.timestamps[row].item().hour / 24
            expected = [*values, np.float32(hour), *there]
            np.testing.assert_array_equal(x[b, t, node], expected)
            continue
        np.testing.assert_array_equal(y[b, t - 4, node], values[numbers])
        if mask:
            assert rest[0][b, t - 4, node].tolist() == there[numbers].tolist()


@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.parametrize("targets", ["speed", ["share", "flow"], "all"])
def test_pipelines_hold_what_gather_does(masked, targets):
    windows = everything(make_series(masked), targets=targets).train
    expected = windows.gather(np.arange(len(windows)))
    pytest.importorskip("tensorflow")
    batches = [[a.numpy() for a in b] for b in to_tf_data(windows, 5)]
    for got, wanted in zip(zip(*batches, strict=True), expected, strict=True):
        np.testing.assert_array_equal(np.concatenate(got), wanted)


@pytest.mark.parametrize("masked", [False, True])
def test_batches_on_a_device_hold_what_gather_does(masked):
    pytest.importorskip("jax")
    from keras_stunet.data.device_batches import DeviceBatches

    windows = everything(make_series(masked), targets=["share", "flow"]).train
    expected = windows.gather(np.arange(len(windows)))
    batches = list(DeviceBatches(windows, batch_size=5, group=2))
    for got, wanted in zip(zip(*batches, strict=True), expected, strict=True):
        np.testing.assert_array_equal(np.concatenate(got), wanted)


def training_readings(series, splits):
    """Present readings by sensor and measurement, each row once."""
    rows = range(splits.train.starts.max() + 7)
    for node, at in np.ndindex(NODES, D):
        yield (
            (node, at),
            [
                float(series.values[row, node, at])
                for row in rows
                if series.mask is None or series.mask[row, node, at]
            ],
        )


def spread(readings):
    mean = sum(readings) / len(readings)
    return mean, (sum((r - mean) ** 2 for r in readings) / len(readings)) ** 0.5


@pytest.mark.parametrize("mask", [False, True])
def test_statistics_equal_a_loop_over_training_rows(mask):
    series = make_series(mask)
    for scale in ("all", "sensor"):
        splits = split(series, scale=scale)
        joined = {}
        for (node, at), readings in training_readings(series, splits):
            if scale == "sensor":
                found = splits.mean[node, at], splits.std[node, at]
                np.testing.assert_allclose(found, spread(readings), rtol=1e-12)
            joined.setdefault(at, []).extend(readings)
        if scale == "all":
            for at, readings in joined.items():
                found = splits.mean[at], splits.std[at]
                np.testing.assert_allclose(found, spread(readings), rtol=1e-12)


def test_the_scale_of_one_measurement_by_sensor():
    series = make_series()
    one = dataclasses.replace(
        series,
        values=series.values[..., 1],
        mask=series.mask[..., 1],
        measurements=None,
    )
    both = split(series, scale="sensor", targets="speed")
    splits = split(one, scale="sensor")
    assert splits.mean.shape == splits.std.shape == (NODES, 1)
    np.testing.assert_array_equal(splits.std, both.std[:, 1:2])
    np.testing.assert_array_equal(splits.target_std, both.target_std)
    gaps = splits.test.values[~one.mask]
    fill = np.broadcast_to(np.float32(splits.mean[:, 0]), one.mask.shape)
    np.testing.assert_array_equal(gaps, fill[~one.mask])


@pytest.mark.parametrize("scale", ["all", "sensor"])
def test_later_readings_change_no_scale_and_no_training_window(scale):
    series = make_series()
    before = everything(series, scale=scale, targets="all")
    last = before.train.covered_rows().max()
    values, mask = series.values.copy(), series.mask.copy()
    values[last + 1 :] = 1e6
    mask[last + 1 :] = ~mask[last + 1 :]
    changed = dataclasses.replace(series, values=values, mask=mask)
    after = everything(changed, scale=scale, targets="all")
    np.testing.assert_array_equal(before.mean, after.mean)
    np.testing.assert_array_equal(before.std, after.std)
    indices = np.arange(len(before.train))
    for a, b in zip(
        before.train.gather(indices), after.train.gather(indices), strict=True
    ):
        np.testing.assert_array_equal(a, b)


def test_a_sensor_that_hardly_varies_takes_the_deviation_of_the_median_one():
    series = make_series(False)
    values = np.concatenate([series.values, series.values[:, :1]], axis=1)
    values[:, 0, 0] = 7.3  # constant in the training part, not after it
    values[50:, 0, 0] = 900.0
    values[::2, 2, 1], values[1::2, 2, 1] = 5.0, 5.0001
    mask = np.ones(values.shape, bool)
    mask[:50, 3, 2] = False  # without a reading in the training part
    graph = np.ones((4, 4))
    mask[55, 0, 0] = False
    changed = dataclasses.replace(
        series, values=values, mask=mask, adjacency=graph
    )
    splits = split(changed, scale="sensor")
    rows = slice(0, splits.train.starts.max() + 7)
    std = values[rows].astype(float).std(axis=0)
    np.testing.assert_allclose(splits.std[0, 0], np.median(std[1:, 0]))
    assert splits.mean[0, 0] == pytest.approx(7.3)
    np.testing.assert_allclose(splits.std[2, 1], np.median(std[:, 1]))
    np.testing.assert_allclose(splits.std[3, 2], np.median(std[:3, 2]))
    mean = values[rows, :3, 2].astype(float).mean()
    np.testing.assert_allclose(splits.mean[3, 2], mean)
    kept = [(1, 0), (2, 0), (0, 1), (1, 1), (0, 2), (1, 2)]
    for place in kept:
        np.testing.assert_allclose(splits.std[place], std[place])


def test_the_deviation_of_the_targets():
    series = make_series()
    splits = split(series, targets=["share", "flow"])
    np.testing.assert_array_equal(splits.target_std, splits.std[[2, 0]])
    one = split(series, targets="speed")
    assert type(one.target_std) is float and one.target_std == one.std[1]
    by_sensor = split(series, targets=[1, 2], scale="sensor")
    np.testing.assert_array_equal(by_sensor.target_std, by_sensor.std[:, 1:])


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"targets": "flwo"}, "no measurement 'flwo'.*Did you mean 'flow'"),
        ({"targets": ["flow", 3]}, "no measurement 3"),
        ({"targets": ["flow", 0]}, "at most once"),
        ({"targets": []}, "at least one"),
        ({"scale": "sensors"}, "Did you mean 'sensor'"),
    ],
)
def test_targets_and_scales_that_are_not_there_are_refused(options, message):
    with pytest.raises(ValueError, match=message):
        split(make_series(), **options)


@pytest.mark.parametrize("scale", ["all", "sensor"])
def test_a_measurement_without_readings_or_spread_is_named(scale):
    series = make_series()
    values = np.where(series.mask, series.values, 0)
    constant = values.copy()
    constant[..., 1] = 9
    gone = series.mask.copy()
    gone[..., 2] = False
    for changes, message in (
        ({"values": constant}, "measurement 'speed'.*scaled by"),
        ({"mask": gone}, "measurement 'share', has no present reading"),
    ):
        changed = dataclasses.replace(series, **changes)
        with pytest.raises(ValueError, match=message):
            split(changed, scale=scale)


def test_sensors_that_are_constant_each_have_no_scale_of_their_own():
    values = np.broadcast_to([1.0, 2.0, 3.0], (STEPS, NODES))
    series = make_series(values=values, mask=None, measurements=None)
    assert split(series).std > 0
    with pytest.raises(ValueError, match="sensor by sensor"):
        split(series, scale="sensor")


@pytest.mark.parametrize("targets", [(), (0, 0), (2,), (-1,)])
def test_windows_refuse_targets_that_are_not_there(targets):
    with pytest.raises(ValueError, match="`targets` is"):
        Windows(np.zeros((9, 2, 2)), None, [0], 3, 2, targets=targets)
