"""Windows: contents, masks, calendar, leakage, messages."""

import numpy as np
import pytest

from keras_stunet.data import Series
from keras_stunet.data import Windows
from keras_stunet.data import make_windows

NODES, PER_DAY, DAYS = 3, 24, 6
PARTS = (4, 1, 1)
STEPS = PER_DAY * DAYS


def make_series(masked=True, timed=True, **changes):
    rng = np.random.default_rng(0)
    values = rng.normal(60, 10, (STEPS, NODES)).astype("float32")
    present = rng.random((STEPS, NODES)) < 0.7
    if masked:
        values[~present] = np.nan
    # Thursday to Tuesday, without the weekend.
    dates = ["2012-05-03", "2012-05-04", "2012-05-07", "2012-05-08"]
    dates = np.array([*dates, "2012-05-09", "2012-05-10"], "datetime64[s]")
    times = dates[:, None] + np.arange(PER_DAY) * np.timedelta64(3600, "s")
    return Series(
        **{
            "values": values,
            "adjacency": np.ones((NODES, NODES)),
            "mask": present if masked else None,
            "timestamps": times.ravel() if timed else None,
        }
        | changes
    )


def split(series, **options):
    options = {"history": 4, "horizon": 3, "parts": PARTS} | options
    return make_windows(series, **options)


@pytest.mark.parametrize("protocol", ["days", "windows"])
@pytest.mark.parametrize("mask", [False, True])
def test_gather_equals_a_loop(protocol, mask):
    series = make_series(mask)
    splits = split(
        series,
        protocol=protocol,
        calendar=("time_of_day", "day_of_week"),
        mask_channel=True,
    )
    windows = splits.validation
    indices = [5, 0, len(windows) - 1]
    batch = windows.gather(indices)
    assert len(batch) == (3 if mask else 2)
    x, y = batch[:2]
    assert x.shape == (3, 4, NODES, 4)
    assert y.shape == (3, 3, NODES, 1)
    assert all(array.dtype == np.float32 for array in batch)
    assert (windows.num_nodes, windows.num_features) == (NODES, 4)
    for b, index in enumerate(indices):
        start = windows.starts[index]
        for node in range(NODES):
            for t in range(7):
                row = start + t
                present = not mask or series.mask[row, node]
                value = series.values[row, node] if present else splits.mean
                if t >= 4:
                    assert y[b, t - 4, node, 0] == np.float32(value)
                    if mask:
                        assert batch[2][b, t - 4, node, 0] == present
                    continue
                stamp = series.timestamps[row].item()
                expected = [
                    value,
                    stamp.hour / 24 + stamp.minute / 1440,
                    stamp.weekday() / 7,
                    present,
                ]
                np.testing.assert_allclose(x[b, t, node], expected, rtol=1e-6)


def test_options_choose_the_features():
    series = make_series()
    assert split(series).train.gather([0])[0].shape[-1] == 1
    only = split(series, calendar=("day_of_week",)).train.gather([0])[0]
    np.testing.assert_allclose(only[..., 1], 3 / 7)  # a Thursday
    text = split(series, calendar="time_of_day").train
    assert text.calendar == ("time_of_day",)


@pytest.mark.parametrize("protocol", ["days", "windows"])
@pytest.mark.parametrize("mask", [False, True])
def test_statistics_equal_a_loop_over_training_rows(protocol, mask):
    series = make_series(mask)
    splits = split(series, protocol=protocol)
    seen = {}
    for start in splits.train.starts:
        for row in range(start, start + 7):
            for node in range(NODES):
                if not mask or series.mask[row, node]:
                    seen[row, node] = float(series.values[row, node])
    readings = list(seen.values())
    mean = sum(readings) / len(readings)
    variance = sum((r - mean) ** 2 for r in readings) / len(readings)
    np.testing.assert_allclose(splits.mean, mean, rtol=1e-12)
    np.testing.assert_allclose(splits.std, variance**0.5, rtol=1e-12)
    assert type(splits.mean) is float
    assert type(splits.std) is float


@pytest.mark.parametrize("protocol", ["days", "windows"])
def test_later_rows_change_neither_statistics_nor_training(protocol):
    series = make_series()
    before = split(series, protocol=protocol)
    last = before.train.covered_rows().max()
    values = series.values.copy()
    values[last + 1 :] += 1000
    after = split(make_series(values=values), protocol=protocol)
    assert (before.mean, before.std) == (after.mean, after.std)
    everything = np.arange(len(before.train))
    for a, b in zip(
        before.train.gather(everything),
        after.train.gather(everything),
        strict=True,
    ):
        np.testing.assert_array_equal(a, b)
    assert last < before.test.starts.min()


def test_days_share_no_row():
    splits = split(make_series())
    rows = [windows.covered_rows() for windows in splits[:3]]
    np.testing.assert_array_equal(np.concatenate(rows), np.arange(STEPS))


def test_covered_rows_equal_a_loop():
    windows = Windows(np.zeros((20, 1)), None, [9, 2, 3], 2, 3)
    expected = {r for s in (9, 2, 3) for r in range(s, s + 5)}
    np.testing.assert_array_equal(windows.covered_rows(), sorted(expected))


def test_the_series_is_shared_and_not_changed():
    series = make_series(masked=False)
    splits = split(series)
    assert all(part.values is series.values for part in splits[:3])
    series = make_series()
    before = series.values.copy()
    splits = split(series)
    assert splits.train.values is splits.test.values
    np.testing.assert_array_equal(series.values, before)


def test_slots_and_weekdays():
    with_time = split(make_series()).test
    without = split(make_series(timed=False), steps_per_day=PER_DAY).test
    rows = with_time.target_rows([0, 2])
    assert rows.tolist() == [[124, 125, 126], [126, 127, 128]]
    for windows in (with_time, without):
        assert windows.slots(rows).tolist() == [[4, 5, 6], [6, 7, 8]]
    assert with_time.weekdays(rows[0]).tolist() == [3, 3, 3]
    with pytest.raises(ValueError, match="needs timestamps"):
        without.weekdays(rows)


def test_steps_per_day_defaults():
    assert split(make_series()).train.steps_per_day == PER_DAY
    series = make_series(timed=False)
    windows = split(series, protocol="windows").train
    assert windows.steps_per_day == 288


HOUR = np.timedelta64(3600, "s")
SEVEN = np.arange(STEPS) * np.timedelta64(7, "s")
LATE = np.repeat(np.arange(STEPS) >= 4 * PER_DAY, NODES).reshape(STEPS, NODES)


@pytest.mark.parametrize(
    ("changes", "options", "message"),
    [
        ({}, {"protocol": "dayz"}, "Did you mean 'days'"),
        ({}, {"parts": (4, 1, 2)}, "add up"),
        ({}, {"calendar": ["hour"]}, "`calendar` is"),
        ({}, {"calendar": ["time_of_dy"]}, "Did you mean 'time_of_day'"),
        ({}, {"calendar": ["time_of_day"] * 2}, "at most once"),
        (
            {"timed": False},
            {"calendar": ["day_of_week"], "steps_per_day": PER_DAY},
            "needs timestamps",
        ),
        ({"values": np.full(LATE.shape, 65.3)}, {}, "deviation is 0"),
        (
            {"values": np.zeros(LATE.shape), "mask": LATE},
            {},
            "no present reading in its 96 training rows",
        ),
        (
            {"timestamps": make_series().timestamps + HOUR},
            {},
            "Block 0 of 24 rows.*one day",
        ),
        (
            {"timestamps": np.datetime64("2012-01-01T00:00:00") + SEVEN},
            {},
            "steps of .* are 7 s, which does not divide",
        ),
    ],
)
def test_messages_of_make_windows(changes, options, message):
    with pytest.raises(ValueError, match=message):
        split(make_series(**changes), **options)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"values": np.zeros(9)}, "`values` has shape"),
        ({"values": np.full((9, 2), np.nan)}, "filled"),
        ({"mask": np.ones((9, 1))}, "`mask` has shape"),
        ({"starts": [5]}, "start at 0 to 4"),
        ({"starts": [-1]}, "start at 0 to 4"),
        ({"starts": []}, "at least one"),
        ({"starts": [0.5]}, "integers"),
        ({"timestamps": ["2012-01-01"]}, "`timestamps` has shape"),
        ({"history": 0}, "`history` is 0"),
        ({"steps_per_day": 0}, "`steps_per_day` is 0"),
    ],
)
def test_messages_of_windows(changes, message):
    given = {"values": np.zeros((9, 2)), "mask": None, "starts": [0, 4]}
    given |= {"history": 3, "horizon": 2} | changes
    with pytest.raises(ValueError, match=message):
        Windows(**given)


@pytest.mark.parametrize("indices", [[2], [-1], [0.0], [True], 0, [[0]]])
def test_bad_indices_are_refused(indices):
    windows = Windows(np.zeros((9, 2)), None, [0, 4], 3, 2)
    with pytest.raises(IndexError, match="`indices`"):
        windows.gather(indices)


def test_no_index_gives_an_empty_batch():
    x, y = Windows(np.zeros((9, 2)), None, [0, 4], 3, 2).gather([])
    assert (x.shape, y.shape) == ((0, 3, 2, 1), (0, 2, 2, 1))
