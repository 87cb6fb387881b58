"""read_values and read_series: several measurements, in the files people have.

The same readings, written in each form, must come out the same.
"""

import warnings

import numpy as np
import pandas as pd
import pytest

from keras_stunet.data import Series
from keras_stunet.data import describe_series
from keras_stunet.data import from_arrays
from keras_stunet.data import read_series
from keras_stunet.data import read_values

TIMES = pd.date_range("2024-03-01 08:00", periods=4, freq="h", name="time")
SENSORS = ["a", "007"]
# (steps, N, D)
READINGS = np.random.default_rng(0).normal(50, 9, (4, 2, 2)).round(3)
READINGS[1, 0, 1] = np.nan
NAMES = ["flow", "speed"]
COLUMNS = pd.MultiIndex.from_product([NAMES, SENSORS])
EXPECTED = pd.DataFrame(
    READINGS.transpose(0, 2, 1).reshape(4, -1), TIMES, COLUMNS
)
SAID = {"start": "2024-03-01 08:00", "interval": "1h"}
pytestmark = pytest.mark.filterwarnings("ignore:.*(left out|a sensor each)")


def same(got, expected=EXPECTED):
    pd.testing.assert_frame_equal(
        got,
        expected,
        check_index_type=False,
        check_column_type=False,
        check_freq=False,
        check_names=False,
        rtol=0,
    )
    return True


def wide(name, frame=EXPECTED):
    return frame[name]


def long_table(frame=EXPECTED):
    table = frame.stack(level=1, future_stack=True)
    return table.rename_axis(["time", "sensor"]).reset_index()


def station(name, frame=EXPECTED):
    return frame.xs(name, axis=1, level=1)


def long(folder):
    long_table().assign(to="N").to_csv(folder / "a.csv", index=False)
    return folder / "a.csv", {}


def sensors_first(folder):
    table = long_table()
    table = table.rename(columns={"sensor": "Station ID"})
    order = ["Station ID", "time", *NAMES]
    table[order].to_csv(folder / "a.csv", index=False)
    return folder / "a.csv", {}


def parts_of_times(folder):
    """As the twelve files of Beijing's air are."""
    for name in SENSORS:
        table = station(name).reset_index(drop=True)
        for at, part in enumerate(("year", "month", "day", "hour")):
            table.insert(at, part, getattr(TIMES, part))
        table = table.assign(wd="NNE", station=name)
        table.index += 1
        table.to_csv(folder / f"PRSA_{name}.csv", index_label="No")
    return [folder / f"PRSA_{name}.csv" for name in SENSORS], {}


def file_a_measurement(folder):
    for name in NAMES:
        wide(name).to_csv(folder / f"{name}.csv")
    return {name: folder / f"{name}.csv" for name in NAMES}, {}


def folder_of_stations(folder):
    for name in SENSORS:
        station(name).assign(wd="N").to_csv(folder / f"{name}.csv")
    # By name, as a folder is read.
    return folder, {}


def pattern_of_stations(folder):
    folder_of_stations(folder)
    (folder / "notes.csv.txt").write_text("none")
    return f"{folder}/*.csv", {}


def arrays(folder):
    np.savez(folder / "a.npz", data=READINGS, node_ids=SENSORS)
    return folder / "a.npz", {**SAID, "measurements": NAMES}


def parquet_long(folder):
    long_table().assign(to="N").to_parquet(folder / "a.parquet")
    return folder / "a.parquet", {}


def parquet_of_two_levels(folder):
    EXPECTED.to_parquet(folder / "a.parquet")
    return folder / "a.parquet", {}


def parquet_parts(folder):
    table = long_table()
    for part in ("hour", "day", "month", "year"):
        table.insert(0, part, getattr(table["time"].dt, part))
    table.drop(columns="time").to_parquet(folder / "a.parquet")
    return folder / "a.parquet", {}


def one_after_the_other(folder):
    table = long_table()
    table[:4].to_csv(folder / "1.csv", index=False)
    table[4:].to_csv(folder / "2.csv", index=False)
    return folder, {}


FORMS = [
    *(long, sensors_first, parts_of_times, file_a_measurement, arrays),
    *(folder_of_stations, pattern_of_stations, parquet_long),
    *(parquet_of_two_levels, parquet_parts, one_after_the_other),
]


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.__name__)
def test_each_form_gives_the_same_readings(tmp_path, form):
    source, said = form(tmp_path)
    got = read_values(source, **said)
    assert sorted(got.columns.unique(1)) == sorted(SENSORS)
    assert same(got[EXPECTED.columns])
    series = read_series(source, **said)
    assert series.measurement_names == NAMES
    order = [SENSORS.index(name) for name in series.node_ids]
    expected = READINGS[:, order]
    np.testing.assert_array_equal(series.mask, np.isfinite(expected))
    np.testing.assert_allclose(
        series.values[series.mask], expected[series.mask]
    )
    assert (series.timestamps == TIMES.to_numpy()).all()
    # The same as of arrays, on which a training rests.
    made = from_arrays(
        READINGS, timestamps=TIMES, node_ids=SENSORS, measurements=NAMES
    )
    np.testing.assert_array_equal(
        np.where(series.mask, series.values, 0),
        np.where(made.mask, made.values, 0)[:, order],
    )


def test_text_is_left_out_by_name_or_refused_by_name(tmp_path):
    source, _ = long(tmp_path)
    with pytest.warns(UserWarning, match="1 column of text left out.*: to"):
        read_values(source)
    with pytest.raises(ValueError, match="1 column of text, to; expected"):
        read_values(source, measurements=["flow", "to"])
    broken = source.read_text().replace(",N\n", ",7\n", 1)
    source.write_text(broken)
    with pytest.raises(ValueError, match="line 3, 'to' of sensor '007': 'N'"):
        read_values(source)


def test_measurements_choose_some_and_name_one(tmp_path):
    source, _ = long(tmp_path)
    assert same(read_values(source, measurements="speed"), EXPECTED[["speed"]])
    with pytest.raises(ValueError, match="no measurement 'flw', .*mean 'flow'"):
        read_values(source, measurements=["flw"])
    wide("flow").to_csv(tmp_path / "w.csv")
    one = read_series(tmp_path / "w.csv", measurements="flow", units="veh/h")
    assert (one.measurement_names, one.units.tolist()) == (["flow"], ["veh/h"])
    with pytest.raises(ValueError, match="one measurement of 2 sensors, and 2"):
        read_values(tmp_path / "w.csv", measurements=NAMES)
    source, _ = arrays(tmp_path)
    with pytest.warns(UserWarning, match="without names; called 0, 1.*--meas"):
        assert read_series(source, **SAID).measurement_names == ["0", "1"]
    with pytest.raises(ValueError, match="2 measurements a sensor, and 1 a"):
        read_values(source, **SAID, measurements="flow")
    # A single file of a station, whose columns are no sensors.
    station("a").to_csv(tmp_path / "a.csv")
    alone = read_series(tmp_path / "a.csv", measurements=NAMES)
    assert (alone.node_ids.tolist(), alone.num_measurements) == (["a"], 2)


def test_a_saved_series_keeps_its_measurements(tmp_path):
    made = from_arrays(
        READINGS,
        timestamps=TIMES,
        node_ids=SENSORS,
        measurements=NAMES,
        units=["veh/h", "mph"],
    )
    made.save(tmp_path / "s.npz")
    got = read_values(tmp_path / "s.npz")
    assert same(got, EXPECTED.astype("float32").astype("float64"))
    series = read_series(tmp_path / "s.npz")
    assert series.units.tolist() == ["veh/h", "mph"]
    speed = read_series(tmp_path / "s.npz", measurements="speed")
    assert speed.units.tolist() == ["mph"]
    assert "speed (mph) from" in describe_series(speed)


def test_units_stand_in_headings_or_are_said(tmp_path):
    table = long_table().rename(
        columns={"flow": "flow (veh/h)", "speed": "speed [mph]"}
    )
    table.to_csv(tmp_path / "a.csv", index=False)
    series = read_series(tmp_path / "a.csv")
    assert series.measurement_names == NAMES
    assert series.units.tolist() == ["veh/h", "mph"]
    assert "flow (veh/h) from" in describe_series(series)
    said = read_series(tmp_path / "a.csv", units=["1/h", "km/h"])
    assert said.units.tolist() == ["1/h", "km/h"]
    with pytest.raises(ValueError, match="2 measurements, and 1 unit are said"):
        read_series(tmp_path / "a.csv", units="mph")


def test_wide_files_of_one_time_after_the_other_are_one(tmp_path):
    frame = wide("flow")
    frame[:3].to_csv(tmp_path / "1.csv")
    # A row twice with the same readings is no second sensor.
    frame[1:].to_csv(tmp_path / "2.csv")
    series = read_series(tmp_path)
    assert (series.num_steps, series.num_nodes) == (4, 2)
    frame[2:][["a"]].to_csv(tmp_path / "2.csv")
    with pytest.warns(UserWarning, match=r"2\.csv has no column of 007.*miss"):
        later = read_series(tmp_path)
    assert later.mask.sum(axis=0).tolist() == [4, 3]
    # Saved series, too.
    for at, rows in enumerate((slice(0, 2), slice(2, 4))):
        Series(READINGS[rows, :, 0], np.eye(2), TIMES[rows]).save(
            tmp_path / f"{at}.npz"
        )
    both = [tmp_path / "0.npz", tmp_path / "1.npz"]
    assert read_values(both).shape == (4, 2)


def broken(tmp_path, what):
    """A source with a fault."""
    source, _ = folder_of_stations(tmp_path)
    frame, path = station("a"), tmp_path / "a.csv"
    if what == "measurement lacks":
        frame[["flow"]].to_csv(path)
    elif what == "unit":
        frame = frame.rename(columns={"flow": "flow (1/min)"})
        frame.assign(wd="N").to_csv(path)
    elif what == "text here":
        frame.assign(flow="many", wd="N").to_csv(path)
    elif what == "forms":
        frame.assign(sensor="a").to_csv(path)
    elif what == "names":
        frame.to_csv(tmp_path / "a.tsv")
    elif what == "others":
        frame.set_axis(["x", "y"], axis=1).to_csv(path)
    elif what == "sensors":
        source, _ = file_a_measurement(tmp_path)
        wide("speed")[["a"]].to_csv(source["speed"])
    elif what == "interval":
        source, _ = file_a_measurement(tmp_path)
        wide("speed").resample("20min").ffill().to_csv(source["speed"])
    elif what == "times":
        source, _ = file_a_measurement(tmp_path)
        later = wide("speed").set_axis(TIMES + pd.Timedelta("9D"))
        later.to_csv(source["speed"], index_label="time")
    elif what == "two":
        source = {"flow": long(tmp_path)[0], "speed": path}
    return source


@pytest.mark.parametrize(
    ("what", "message"),
    [
        ("measurement lacks", r"a\.csv has no measurement speed, wd, which"),
        ("unit", r"a\.csv has 'flow' in '1/min', and .*007\.csv in ''"),
        ("text here", r"a\.csv, line 2, 'flow' of sensor 'a': 'many' is no"),
        ("forms", r"a\.csv has a column of sensors, and .*007\.csv has none"),
        ("names", "files 2 and 3 are both called 'a'"),
        ("others", "same times and no column in common.*flow=FILE"),
        ("sensors", r"speed\.csv has no sensor 007, which .*flow\.csv has"),
        ("interval", r"flow\.csv are 1 h apart, .*speed\.csv 20 min"),
        ("times", "no time in common"),
        ("two", r"a\.csv has 2 measurements, flow, speed; expected 'flow'"),
    ],
)
def test_files_that_do_not_fit_are_refused_in_a_line(tmp_path, what, message):
    with pytest.raises(ValueError, match=message):
        read_values(broken(tmp_path, what))


def test_what_is_said_of_each_file_is_said_once(tmp_path):
    source, _ = parts_of_times(tmp_path)
    with pytest.warns(UserWarning) as caught:
        read_values(source)
    assert {warning.filename for warning in caught} == {__file__}
    messages = [str(warning.message) for warning in caught]
    assert sum("numbers the rows" in message for message in messages) == 1
    assert any("and 1 more file: the first" in message for message in messages)


@pytest.mark.parametrize("names", [(), NAMES], ids=["guessed", "said"])
def test_a_file_a_sensor_is_noted_unless_columns_are_said(tmp_path, names):
    source, _ = folder_of_stations(tmp_path)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        got = read_values(source, measurements=names)
    noted = ["taken as a sensor each" in str(x.message) for x in caught]
    assert any(noted) == (not names)
    same(got, EXPECTED[got.columns])
