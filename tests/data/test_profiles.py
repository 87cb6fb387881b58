"""What is usual by time of day: the mean, days left out, gaps, weekends."""

import numpy as np
import pytest

from keras_stunet.data.profiles import Profile
from keras_stunet.data.profiles import fit_profile
from keras_stunet.data.profiles import profiles_without

MONDAY = np.datetime64("2024-01-01")


def times(days, steps_per_day=4, first=MONDAY):
    step = np.timedelta64(86_400 // steps_per_day, "s")
    start = first.astype("datetime64[s]")
    return start + np.arange(days * steps_per_day) * step


def readings(days, steps_per_day=4, nodes=2, seed=0):
    draw = np.random.default_rng(seed).gamma(3.0, size=(days, steps_per_day, 2))
    return draw.reshape(-1, 2, 1)[:, :nodes]


def middle(days):
    """Mean and range without the least and the greatest tenth, by loops."""
    days = np.sort([v for v in days if not np.isnan(v)])
    cut = len(days) // 10
    kept = days[cut : len(days) - cut]
    return kept.mean(), kept[-1] - kept[0]


def test_it_is_the_mean_and_the_range_of_the_middle_days():
    x = readings(12)
    found = fit_profile(x, None, times(12), 4).table
    assert found.shape == (1, 4, 2, 2)
    grid = x.reshape(12, 4, 2)
    for slot in range(4):
        for node in range(2):
            expected = middle(grid[:, slot, node])
            np.testing.assert_allclose(found[0, slot, node], expected, 1e-5)


def test_one_wild_day_in_ten_changes_nothing():
    x = readings(10)
    x[-4:] = np.maximum(x[-4:], 0) + 100  # the greatest at each time of day
    wild = x.copy()
    wild[-4:] = 1e6
    found, again = (fit_profile(v, None, times(10), 4).table for v in (x, wild))
    np.testing.assert_allclose(again, found, 1e-6)


@pytest.mark.parametrize("gaps", [False, True])
@pytest.mark.parametrize("span", [(0, 0), (1, 0), (0, 1), (1, 2)])
def test_days_left_out_are_as_if_they_had_never_been(span, gaps):
    # Of 19 days, and of 16, as many are trimmed at each end.
    x, present = readings(19), None
    if gaps:
        present = np.random.default_rng(1).random(x.shape) > 0.05
    t = times(19, first=MONDAY + 1)
    [found] = profiles_without(x, present, t, 4, [span])
    day = np.arange(len(x)) // 4
    grid = np.where(True if present is None else present, x, np.nan)
    grid = grid.reshape(19, 4, 2)
    weekend = (np.arange(19) + 1) % 7 >= 5
    for row in (0, 3, 20, 33, 41, 75):
        d = day[row]
        touched = np.arange(19)
        touched = (touched >= d - span[0]) & (touched <= d + span[1])
        kept = ~touched & (weekend == weekend[d])
        for node in range(2):
            n = np.count_nonzero(
                ~np.isnan(grid[weekend == weekend[d], row % 4, node])
            )
            values = np.sort(grid[kept, row % 4, node])
            values = values[~np.isnan(values)]
            values = values[n // 10 : len(values) - n // 10]
            expected = values.mean(), values[-1] - values[0]
            np.testing.assert_allclose(found[row, node], expected, 1e-4)


@pytest.mark.parametrize("span", [(0, 0), (1, 0), (0, 1)])
def test_a_row_never_sees_the_days_that_its_window_touches(span):
    x, t = readings(11), times(11)
    [found] = profiles_without(x, None, t, 4, [span])
    row = 5 * 4 + 2
    for d in range(5 - span[0], 5 + span[1] + 1):
        other = x.copy()
        other[d * 4 : d * 4 + 4] = -50.0
        [again] = profiles_without(other, None, t, 4, [span])
        np.testing.assert_allclose(again[row], found[row], 1e-5)
    other = x.copy()
    other[9 * 4 + 2] = 7.0  # another day does change it
    [again] = profiles_without(other, None, t, 4, [span])
    assert (again[row] != found[row]).any()


def test_a_day_is_smoothed_over_its_own_readings_alone():
    x = np.zeros((3 * 288, 1, 1))
    x[100] = x[287] = 3.0  # one of three days, in its middle and at its end
    found = fit_profile(x, None, times(3, 288), 288).table[0, :, 0, 0]
    np.testing.assert_allclose(found[99:102], 1 / 3, 1e-6)
    np.testing.assert_allclose(found[286:], [1 / 3, 1 / 2], 1e-6)
    assert found[[0, 98, 102, 285]].tolist() == [0, 0, 0, 0]


def test_weekends_have_their_own_from_three_weeks_on():
    t = times(21)
    weekend = (np.arange(21 * 4) // 4) % 7 >= 5
    x = np.where(weekend, 70.0, 30.0)[:, None, None]
    profile = fit_profile(x, None, t, 4)
    assert profile.table.shape == (2, 4, 1, 2)
    later = times(7, first=MONDAY + 70)
    np.testing.assert_allclose(
        profile.at(later)[:, 0, 0].reshape(7, 4),
        np.repeat([[30.0]] * 5 + [[70.0]] * 2, 4, axis=1),
    )
    [found] = profiles_without(x, None, t, 4, [(0, 1)])
    np.testing.assert_allclose(found[:, 0, 0], x[:, 0, 0])
    assert len(fit_profile(x[: 14 * 4], None, t[: 14 * 4], 4).table) == 1


def test_a_time_without_days_takes_those_beside_it_and_says_so():
    x, t = np.tile([1.0, 2.0, 9.0, 4.0], 4).reshape(16, 1, 1), times(4)
    present = x != 9.0
    with pytest.warns(UserWarning, match="1 time of day have fewer than 2"):
        profile = fit_profile(x, present, t, 4)
    np.testing.assert_allclose(profile.table[0, :, 0, 0], [1, 2, 3, 4])


def test_a_sensor_without_readings_has_the_mean_of_all():
    x, t = readings(3), times(3)
    present = np.ones(x.shape, bool)
    present[:, 1] = False
    with pytest.warns(UserWarning, match="fewer than 2"):
        table = fit_profile(x, present, t, 4).table
    np.testing.assert_allclose(table[0, :, 1, 0], x[:, 0].mean(), 1e-5)
    np.testing.assert_allclose(table[0, :, 1, 1], x[:, 0].std(), 1e-5)


def test_where_one_day_is_left_the_scaler_stands_in():
    x, t = readings(3, nodes=1), times(3)
    [found] = profiles_without(x, None, t, 4, [(0, 1)])
    np.testing.assert_allclose(found[:8, 0, 0], x.mean(), 1e-5)
    np.testing.assert_allclose(found[:8, 0, 1], x.std(), 1e-5)
    # The last day has none after it: two are left.
    np.testing.assert_allclose(found[8:, 0, 0], (x[:4] + x[4:8]).ravel() / 2)


@pytest.mark.parametrize(
    ("days", "timed", "message"),
    [(2, True, "has 2 days"), (5, False, "no timestamps")],
)
def test_too_little_is_known_for_one(days, timed, message):
    t = times(days) if timed else None
    with pytest.warns(UserWarning, match=message):
        assert fit_profile(readings(days), None, t, 4) is None


def test_a_table_of_another_shape_is_refused():
    with pytest.raises(ValueError, match=r"shape \(3, 4, 2, 2\)"):
        Profile(np.zeros((3, 4, 2, 2)))
    with pytest.raises(ValueError, match="NaN"):
        Profile(np.full((1, 4, 2, 2), np.nan))
    with pytest.raises(ValueError, match="`timestamps` has 8 entries"):
        fit_profile(readings(3), None, times(2), 4)
