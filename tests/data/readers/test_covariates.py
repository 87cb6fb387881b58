"""Covariates and what sensors are, from files."""

import numpy as np
import pandas as pd
import pytest

from keras_stunet.data import Series
from keras_stunet.data.readers.covariate_files import read_covariates
from keras_stunet.data.readers.covariate_files import read_static
from keras_stunet.data.readers.covariate_times import covariates_at
from keras_stunet.data.readers.covariates import with_covariates

TIMES = np.datetime64("2024-03-01") + np.arange(6) * np.timedelta64(30, "m")


def make_series(**others):
    options = {
        "values": np.arange(12.0).reshape(6, 2),
        "adjacency": np.zeros((2, 2)),
        "timestamps": TIMES,
        "node_ids": ["a", "b"],
    }
    return Series(**options | others)


def write(path, text):
    path.write_text(text)
    return path


HOURLY = """time,rain,day
2024-03-01 00:00,0.5,work
2024-03-01 01:00,1.5,work
2024-03-01 02:00,0,
2024-03-01 03:00,2,feast
"""
BY_SENSOR = """time,sensor,wind
2024-03-01 00:00,b,10
2024-03-01 00:00,a,1
2024-03-01 01:00,a,2
2024-03-01 01:00,b,20
2024-03-01 02:00,a,3
2024-03-01 02:00,b,30
"""


def test_a_row_holds_until_the_next_and_later_ones_are_kept(tmp_path):
    hourly = write(tmp_path / "hourly.csv", HOURLY)
    found = with_covariates(make_series(), [hourly]).covariates
    rain = [0.5, 0.5, 1.5, 1.5, 0, 0, 2, 2]  # up to half past three
    np.testing.assert_array_equal(found["rain"], np.float32(rain))
    day = ["work"] * 4 + [""] * 2 + ["feast"] * 2
    assert found["day"].tolist() == day

    both = [hourly, write(tmp_path / "by_sensor.csv", BY_SENSOR)]
    found = with_covariates(make_series(), both).covariates
    assert found["wind"].tolist() == [[k, 10 * k] for k in (1, 1, 2, 2, 3, 3)]
    assert len(found["rain"]) == 6  # as far as all are known

    text = SHORT.replace("work", "7")
    found = read_covariates(write(tmp_path / "short.csv", text), ["day"])
    assert found["day"].tolist() == ["7", "7"]
    text = SHORT.replace("work", "")
    found = read_covariates(write(tmp_path / "short.csv", text))
    assert found["day"].tolist() == ["", ""]

    pd.read_csv(hourly).to_parquet(tmp_path / "hourly.parquet")
    again = with_covariates(make_series(), [tmp_path / "hourly.parquet"])
    np.testing.assert_array_equal(again.covariates["rain"], np.float32(rain))


def test_offsets_are_minded(tmp_path):
    text = HOURLY.replace(":00,", ":00+01:00,")
    path = write(tmp_path / "offset.csv", text)
    frames = [read_covariates(path)]
    times = TIMES[0] + np.array([1, 2]) * np.timedelta64(1, "h")
    found = covariates_at(frames, times, ["a"], utc_offset=2.0)
    assert found["rain"].tolist() == [0.5, 1.5]
    frames[0].index = frames[0].index.tz_localize("Etc/GMT-1")
    frames[0].attrs.clear()  # a data frame of one's own
    found = covariates_at(frames, times, ["a"], utc_offset=2.0)
    assert found["rain"].tolist() == [0.5, 1.5]
    with pytest.raises(ValueError, match="those of the readings have none"):
        with_covariates(make_series(), [path])


STATIC = "sensor,lanes,kind\nb,3,ramp\na,2,main\n"


def test_what_sensors_are_is_in_their_order(tmp_path):
    path = write(tmp_path / "static.csv", STATIC)
    found = with_covariates(make_series(), static=path).static
    assert found["lanes"].tolist() == [2, 3]
    assert found["kind"].tolist() == ["main", "ramp"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (STATIC + "c,1,main\n", "no sensor 'c'.*Expected rows of"),
        (STATIC + "a,1,main\n", "'a' has two rows"),
        ("sensor,lanes\na,1\n", "no row of 1 sensor: b"),
        ("where,lanes\na,1\nb,2\n", "expected one called sensor"),
        ("sensor,lanes\na,1\nb,\n", "line 3: 'lanes' is missing"),
    ],
)
def test_bad_static_files_are_refused(tmp_path, text, message):
    path = write(tmp_path / "static.csv", text)
    with pytest.raises(ValueError, match=message):
        read_static(path, ["a", "b"])


SHORT = "".join(HOURLY.splitlines(keepends=True)[:3])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            SHORT,
            "'rain' is not known at 2 times: 2024-03-01 02:00, 2024-03-01 "
            "02:30. It ends at 2024-03-01 01:00:00, and is needed up to",
        ),
        (
            HOURLY.replace("2024-03-01 01", "2024-03-04 01"),
            "'rain' is not known at 2 times: 2024-03-01 01:00",
        ),
        (HOURLY.replace("0.5", ""), "line 2: 'rain' is missing"),
        (HOURLY + "2024-03-01 03:00,1,work\n", "line 6.*was there before"),
        (BY_SENSOR[: BY_SENSOR.rindex("2024")], "'b' has no row at 2024-03-01"),
        (BY_SENSOR.replace(",b,", ",c,"), "not for b. Expected one of each"),
        ("time\n2024-03-01\n", "expected times, a column for each"),
        ("time,rain\nsoon,1\n", "line 2"),
    ],
)
def test_bad_covariates_are_refused(tmp_path, text, message):
    path = write(tmp_path / "known.csv", text)
    with pytest.raises(ValueError, match=message):
        with_covariates(make_series(), [path])


def test_covariates_need_times_and_names_of_their_own(tmp_path):
    path = write(tmp_path / "hourly.csv", HOURLY)
    with pytest.raises(ValueError, match="has no timestamps"):
        with_covariates(make_series(timestamps=None), [path])
    with pytest.raises(ValueError, match="Two files have the covariate"):
        with_covariates(make_series(), [path, path])
