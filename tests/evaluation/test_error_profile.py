"""Errors by step, time of day and node, against plain loops."""

import numpy as np
import pytest

from keras_stunet.data import Windows
from keras_stunet.evaluation.error_profile import ErrorProfile
from keras_stunet.evaluation.error_profile import profile_errors

HORIZON, PER_DAY, NODES = 3, 6, 4


class Wrong:
    """A model off by a known amount; remembers the sizes of its batches."""

    def __init__(self, offset):
        self.offset = offset  # (steps, N), added to the reading of each row
        self.sizes = []

    def predict(self, windows, indices):
        rows = windows.target_rows(indices)
        self.sizes.append(len(indices))
        return (windows.values + self.offset)[rows][..., None]


@pytest.fixture(params=["masked", "whole"])
def case(request):
    """Windows over 40 rows with a gap in time, and the errors of a model."""
    rng = np.random.default_rng(7)
    mask = rng.random((40, NODES)) < 0.7
    mask[:, 3] = False
    if request.param == "whole":
        mask = None
    # Four hours apart, and two days and a half are missing after row 20.
    hours = 4 * np.arange(40) + 60 * (np.arange(40) >= 20)
    windows = Windows(
        rng.normal(50, 9, size=(40, NODES)),
        mask,
        rng.permutation(40 - 2 - HORIZON)[:25],
        history=2,
        horizon=HORIZON,
        timestamps=np.datetime64("2021-03-01") + hours * np.timedelta64(1, "h"),
        steps_per_day=PER_DAY,
    )
    offset = rng.normal(0, 5, size=(40, NODES)).astype(np.float32)
    return windows, offset, hours % 24 // 4


def counted(windows, offset, slots):
    """The three tables, entry by entry."""
    steps = [[] for _ in range(HORIZON)]
    times = [[] for _ in range(PER_DAY)]
    nodes = [[] for _ in range(NODES)]
    for start in windows.starts.tolist():
        for step in range(HORIZON):
            row = start + windows.history + step
            for node in range(NODES):
                if windows.mask is not None and not windows.mask[row, node]:
                    continue
                reading = float(windows.values[row, node])
                error = abs(
                    float(np.float32(reading) + offset[row, node]) - reading
                )
                steps[step].append(error)
                times[slots[row]].append(error)
                nodes[node].append(error)
    return [
        np.array([sum(x) / len(x) if x else np.nan for x in table])
        for table in (steps, times, nodes)
    ]


@pytest.mark.parametrize("batch_size", [1, 4, 100])
def test_the_means_equal_a_count_of_entries(case, batch_size):
    windows, offset, slots = case
    profile = profile_errors(Wrong(offset), windows, batch_size)
    steps, times, nodes = counted(windows, offset, slots)
    np.testing.assert_allclose(profile.by_step, steps, rtol=1e-12)
    np.testing.assert_allclose(profile.by_slot, times, rtol=1e-12)
    np.testing.assert_allclose(profile.by_node, nodes, rtol=1e-12)
    assert np.isnan(nodes[3]) == (windows.mask is not None)


def test_rows_by_sensor_and_step_equal_a_count_of_entries(case):
    windows, offset, _ = case
    rows = profile_errors(Wrong(offset), windows, 4).rows("abcd")
    keys = [(row["sensor"], row["step"], row["minutes"]) for row in rows]
    minutes = ("240", "480", "720")
    assert keys == [(s, n, minutes[n - 1]) for s in "abcd" for n in (1, 2, 3)]
    for row in rows:
        node = "abcd".index(row["sensor"])
        at = windows.starts + windows.history + row["step"] - 1
        if windows.mask is not None:
            at = at[windows.mask[at, node]]
        assert row["count"] == len(at)
        if not len(at):
            assert row["mae"] == row["rmse"] == ""
            continue
        error = offset[at, node].astype(float)
        assert float(row["mae"]) == pytest.approx(np.abs(error).mean(), 1e-5)
        rmse = np.square(error).mean() ** 0.5
        assert float(row["rmse"]) == pytest.approx(rmse, 1e-5)


def test_each_window_is_forecast_once_and_no_batch_is_larger(case):
    windows, offset, _ = case
    model = Wrong(offset)
    profile_errors(model, windows, batch_size=4)
    assert model.sizes == [4] * 6 + [1]


def test_nan_in_a_forecast_spoils_its_own_means_and_no_other(case):
    windows, offset, slots = case
    clean = profile_errors(Wrong(offset), windows)
    target = windows.target_rows(np.arange(len(windows)))
    present = (
        np.ones_like(windows.values) if windows.mask is None else (windows.mask)
    )
    row = next(row for row in target[:, 1] if present[row, 2])
    offset[row, 2] = np.nan
    profile = profile_errors(Wrong(offset), windows)
    steps = (target == row).any(axis=0)
    np.testing.assert_array_equal(np.isnan(profile.by_step), steps)
    assert np.isnan(profile.by_slot[slots[row]]) and np.isnan(profile.mae)
    assert np.isnan(profile.by_slot).sum() == 1
    assert np.isnan(profile.by_node[2])
    others = [0, 1]
    np.testing.assert_array_equal(
        profile.by_node[others], clean.by_node[others]
    )


def test_entries_that_are_masked_may_hold_anything():
    target = np.full((2, HORIZON, NODES, 1), 50.0)
    mask = np.ones_like(target)
    slots = [[0, 1, 2], [3, 4, 5]]
    mask[0, 0, 0] = mask[1, 2, 3] = 0
    forecast = target + 2
    plain = ErrorProfile(HORIZON, PER_DAY, NODES)
    plain.update(forecast, target, slots, mask)
    forecast[0, 0, 0], target[1, 2, 3] = np.inf, np.nan
    forecast[1, 2, 3] = np.nan
    odd = ErrorProfile(HORIZON, PER_DAY, NODES)
    odd.update(forecast, target, slots, mask)
    for name in ("by_step", "by_slot", "by_node", "mae"):
        np.testing.assert_array_equal(getattr(odd, name), 2.0)
        np.testing.assert_array_equal(getattr(plain, name), 2.0)


def test_with_nothing_present_all_is_nan():
    profile = ErrorProfile(HORIZON, PER_DAY, NODES)
    for name in ("by_step", "by_slot", "by_node", "mae"):
        assert np.isnan(getattr(profile, name)).all()
    assert not profile.comparable_slots.any()


def test_float32_batches_are_summed_in_float64():
    target = np.zeros((1, 1, 1, 1), dtype=np.float32)
    profile = ErrorProfile(1, 1, 1)
    for error in (2.0**27, 1.0, 1.0):
        profile.update(target + np.float32(error), target, [[0]])
    # The sum needs 27 bits, of which float32 has 24.
    assert profile.mae == (2.0**27 + 2) / 3


def test_times_of_day_that_lack_a_step_are_not_comparable():
    """Windows that end at midnight: the first slots see early steps only."""
    starts = np.arange(PER_DAY - 1 - HORIZON + 1)  # history 1, one day
    windows = Windows(
        np.zeros((PER_DAY, 1)), None, starts, 1, HORIZON, steps_per_day=PER_DAY
    )
    profile = profile_errors(Wrong(np.ones((PER_DAY, 1))), windows)
    # Targets at 1-3, 2-4 and 3-5: all three steps fall on slot 3 only.
    assert profile.comparable_slots.tolist() == [0, 0, 0, 1, 0, 0]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"forecast": np.zeros((1, 2, 4, 1))}, "`forecast` has shape"),
        ({"target": np.zeros((1, 3, 4))}, "`target` has shape"),
        ({"mask": np.zeros((1, 3, 1, 1))}, "`mask` has shape"),
        ({"slots": [[0, 1]]}, "`slots` has shape"),
        ({"slots": [[0, 1, 6]]}, "`slots` runs from 0 to 6; expected 0 to 5"),
        ({"slots": [[-1, 1, 5]]}, "`slots` runs from -1"),
    ],
)
def test_what_does_not_fit_is_refused(change, message):
    right = {
        "forecast": np.zeros((1, 3, 4, 1)),
        "target": np.zeros((1, 3, 4, 1)),
        "slots": [[0, 1, 2]],
    }
    profile = ErrorProfile(HORIZON, PER_DAY, NODES)
    profile.update(**right)
    with pytest.raises(ValueError, match=message):
        profile.update(**{**right, **change})
