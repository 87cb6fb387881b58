"""Covariates and what sensors are, from files."""

import numpy as np
import pandas as pd
import pytest

from keras_stunet.data import Series
from keras_stunet.data import from_arrays
from keras_stunet.data.readers.covariate_files import read_covariates
from keras_stunet.data.readers.covariate_files import read_static
from keras_stunet.data.readers.covariate_frames import covariate_frame
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
    frames = [covariate_frame(frames[0])]
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


HALVES = pd.DatetimeIndex(TIMES)
FEAST = np.array(
    ["work", "work", "feast", "feast", "", "work", "work", "feast"]
)
RAIN = np.arange(8.0)
WIND = np.arange(16.0).reshape(8, 2)


def arrays(**others):
    options = {
        "values": np.arange(12.0).reshape(6, 2),
        "timestamps": HALVES,
        "node_ids": ["a", "b"],
    }
    return from_arrays(**options | others)


def known_frames():
    index = pd.date_range(TIMES[0], periods=8, freq="30min")
    wind = pd.DataFrame(WIND, index, ["a", "b"])
    return pd.DataFrame({"rain": RAIN, "day": FEAST}, index), wind


@pytest.mark.parametrize("dated", [True, False])
def test_arrays_are_those_of_the_rows_and_of_later_ones(dated):
    columns = {"rain": RAIN, "wind": WIND, "day": FEAST}
    times = {} if dated else {"timestamps": None}
    found = arrays(covariates=columns, static={"lanes": [2, 3]}, **times)
    for name, column in columns.items():
        np.testing.assert_array_equal(found.covariates[name], column)
    assert found.static["lanes"].tolist() == [2, 3]
    plain = arrays(**times)
    assert plain.covariates is None and plain.static is None
    np.testing.assert_array_equal(found.values, plain.values)


def test_data_frames_are_found_by_time_and_sensor():
    known, wind = known_frames()
    by_levels = pd.concat({"wind": wind[["b", "a"]]}, axis=1)
    by_rows = wind.stack().rename("wind").to_frame()
    mixed = known.sample(frac=1, random_state=0)
    there = "Etc/GMT-1"
    elsewhere = known.tz_localize(there).tz_convert("Asia/Tokyo")
    for given, zone in (
        ([mixed, by_levels], None),
        ([by_rows.sample(frac=1, random_state=1), known], None),
        ({"rain": known["rain"], "day": known["day"], "wind": wind}, None),
        ([elsewhere, by_levels], there),
    ):
        found = arrays(covariates=given, timestamps=HALVES.tz_localize(zone))
        np.testing.assert_array_equal(found.covariates["rain"], RAIN)
        np.testing.assert_array_equal(found.covariates["wind"], WIND)
        assert found.covariates["day"].tolist() == FEAST.tolist()


def test_rows_of_arrays_go_where_those_of_the_readings_go():
    late = pd.to_timedelta([0, 20, 0, -20, 0, 0], unit="s")
    times = HALVES[[0, 1, 2, 3, 5, 4]] + late
    order = [0, 1, 2, 3, 5, 4, 6, 7]
    with pytest.warns(UserWarning):
        found = arrays(
            values=np.arange(12.0).reshape(6, 2)[order[:6]],
            timestamps=times,
            covariates={"rain": RAIN[order], "wind": WIND[order]},
        )
    np.testing.assert_array_equal(found.timestamps, TIMES)
    np.testing.assert_array_equal(found.covariates["rain"], RAIN)
    np.testing.assert_array_equal(found.covariates["wind"], WIND)


def test_what_sensors_are_may_be_a_frame_in_any_order():
    frame = pd.DataFrame(
        {"lanes": [3, 2], "kind": pd.Categorical(["ramp", "main"])}, ["b", "a"]
    )
    named = frame.rename_axis("station").reset_index()
    for static in (frame, named, dict(frame)):
        found = arrays(static=static).static
        assert found["lanes"].tolist() == [2, 3]
        assert found["kind"].tolist() == ["main", "ramp"]


def test_months_ahead_are_months():
    months = pd.date_range("2024-01-01", periods=12, freq="MS")
    found = from_arrays(
        np.arange(9.0)[:, None],
        timestamps=months[:9],
        covariates=pd.DataFrame({"feasts": np.arange(12)}, months),
    )
    assert found.covariates["feasts"].tolist() == list(range(12))


def _twice(frame):
    return pd.concat([frame, frame.iloc[2:3]])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda x: x.iloc[:4], "'rain' is not known at 2 times.*It ends at"),
        (
            lambda x: x.drop(x.index[3]),
            "is not known at 1 time: 2024-03-01 01:",
        ),
        (
            lambda x: x.replace({"rain": {3: np.nan}}),
            "01:30.*'rain' is missing",
        ),
        (lambda x: x.replace({"rain": {3: np.inf}}), "'rain' is inf.*finite"),
        (_twice, "2024-03-01 01:00:00 was there before"),
        (lambda x: x.assign(day=[1, *FEAST[1:]]), "'day' is 1; expected text"),
        (lambda x: x.reset_index(), "rows are not all dated"),
        (lambda x: x.set_axis(["rain", "rain"], axis=1), "two columns 'rain'"),
        (lambda x: x.tz_localize("UTC"), "those of the readings have none"),
        (lambda x: x["rain"], "is a Series; expected a data frame"),
        (lambda x: {"rain": x["rain"], "day": FEAST}, "expected one of both"),
        (lambda x: {"rain": RAIN[:5]}, "'rain' of .* has 5 rows; expected 6"),
        (lambda x: {"wind": np.ones((8, 3))}, r"the shape is \(8, 3\)"),
        (
            lambda x: pd.concat({"wind": x[["rain"]]}, axis=1),
            "'wind' is given for 1 sensor, and not for a, b",
        ),
    ],
)
def test_covariates_of_ones_own_that_do_not_fit_are_refused(change, message):
    given = change(known_frames()[0])
    given = [given] if isinstance(given, pd.Series) else given
    with pytest.raises(ValueError, match=message):
        arrays(covariates=given)


@pytest.mark.parametrize(
    ("static", "message"),
    [
        ({"lanes": [1, 2, 3]}, r"the shape is \(3,\); expected \(2,\)"),
        (pd.DataFrame({"lanes": [1]}, ["a"]), "no row of 1 sensor: b"),
        (pd.DataFrame({"lanes": [1, 2, 3]}, list("abc")), "no sensor 'c'"),
        (pd.DataFrame({"lanes": [1, 2, 3]}, list("aab")), "'a' has two rows"),
        (pd.DataFrame({"lanes": [1, np.nan]}, list("ab")), "row 1.*is missing"),
        ([1, 2], "is a list; expected a data frame"),
    ],
)
def test_what_sensors_are_that_does_not_fit_is_refused(static, message):
    with pytest.raises(ValueError, match=message):
        arrays(static=static)


def test_without_times_a_frame_of_covariates_has_no_place():
    known = known_frames()[0]
    for given in (known, {"rain": known["rain"]}):
        with pytest.raises(ValueError, match="has no timestamps"):
            arrays(timestamps=None, covariates=given)
