"""Readings of the simulated freeway."""

import numpy as np
import pytest

from keras_stunet.baselines import HistoricalAverage
from keras_stunet.baselines import Persistence
from keras_stunet.data import make_windows
from keras_stunet.data.catalog import load_series
from keras_stunet.datasets.freeway import simulate
from keras_stunet.datasets.freeway.demand import make_conditions
from keras_stunet.datasets.freeway.network import build_network
from keras_stunet.training import score_windows


@pytest.fixture(scope="module")
def two_days():
    return simulate(days=2)


def test_it_is_the_same_each_time_and_other_by_seed(two_days):
    for a, b in zip(two_days, simulate(days=2), strict=True):
        np.testing.assert_array_equal(a, b)
    other = simulate(days=2, seed=1)
    assert (other.speed != two_days.speed).mean() > 0.9
    np.testing.assert_array_equal(other.distances, two_days.distances)


def test_a_longer_simulation_begins_with_a_shorter_one(two_days):
    longer = simulate(days=3)
    np.testing.assert_array_equal(longer.speed[: 2 * 288], two_days.speed)
    # Each day has a traffic and gaps of its own.
    gaps = np.isnan(longer.speed.reshape(3, 288, 58))
    assert (gaps[0] != gaps[1]).any() and (gaps[1] != gaps[2]).any()
    assert not np.array_equal(longer.speed[288:576], longer.speed[576:])


def test_days_are_weekdays_of_five_minute_steps():
    stamps = simulate(days=6).timestamps
    days = stamps.reshape(6, 288)
    expected = ["2024-01-01", "2024-01-02", "2024-01-03", "2024-01-04"]
    expected += ["2024-01-05", "2024-01-08"]
    assert days[:, 0].astype("datetime64[D]").astype(str).tolist() == expected
    assert (np.diff(days, axis=1) == np.timedelta64(300, "s")).all()


def test_readings_are_those_of_a_detector(two_days):
    speed = two_days.speed
    assert speed.dtype == np.float32 and speed.shape == (576, 58)
    assert np.nanmin(speed) >= 3 and 60 < np.nanmax(speed) < 66
    np.testing.assert_allclose(
        speed * 10, np.round(speed * 10), atol=1e-3, equal_nan=True
    )
    # Nobody is about at three in the night: free speed and the noise.
    night = speed.reshape(2, 288, 58)[:, 24:48]
    assert np.nanstd(night - np.nanmean(night, axis=(1, 2))[:, None, None]) < 1


def test_peaks_are_in_the_morning_towards_e_and_in_the_evening_back():
    network = build_network()
    days = make_conditions(network, np.arange(5), seed=0)
    east = np.isin(network.entrances, ("WM", "NM", "MD", "DE", "DS"))
    hourly = days.demand.reshape(5, 24, 12, -1).mean(axis=(0, 2))  # (24, O)
    assert (hourly[7:9, east].mean(0) > 1.3 * hourly[16:19, east].mean(0)).all()
    assert (
        hourly[16:19, ~east].mean(0) > 1.3 * hourly[7:9, ~east].mean(0)
    ).all()
    assert (hourly[2] < 0.2 * hourly[8]).all()
    assert ((days.capacity > 0) & (days.capacity <= 1)).all()


@pytest.fixture(scope="module")
def splits():
    return make_windows(load_series("freeway"))


def test_about_two_per_cent_of_the_readings_are_missing(splits):
    assert 0.01 < 1 - splits.train.mask.mean() < 0.03


def test_persistence_beats_the_average_at_15_minutes_and_loses_at_60(splits):
    average, last = (
        score_windows(baseline.fit(splits.train), splits.validation)
        for baseline in (HistoricalAverage(), Persistence())
    )
    assert last[3]["mae"] < 0.8 * average[3]["mae"]
    assert last[12]["mae"] > 1.05 * average[12]["mae"]


@pytest.mark.parametrize("days", [0, 1.5, True])
def test_bad_days_are_refused(days):
    with pytest.raises(ValueError, match="`days` is"):
        simulate(days=days)


def test_a_negative_seed_is_refused():
    with pytest.raises(ValueError, match="`seed` is -1"):
        simulate(days=1, seed=-1)
