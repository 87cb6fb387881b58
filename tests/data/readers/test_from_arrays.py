"""from_arrays: readings and a graph to a `Series`."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from keras_stunet.data import Series
from keras_stunet.data import from_arrays
from tests.data.three_sensors import IDS
from tests.data.three_sensors import WEIGHTS
from tests.data.three_sensors import clock
from tests.data.three_sensors import readings

# Directed: from 0012 to c there is no path.
DISTANCES = np.array([[7, 100, np.inf], [150, 0, 900], [1200, 1300, 0]])
PLACES = np.array([[34.0, -118.0], [34.1, -118.25], [33.9, -117.5]])


def test_arrays_become_a_series_as_they_are(recwarn):
    values = readings()
    series = from_arrays(
        values,
        adjacency=WEIGHTS,
        coordinates=PLACES,
        timestamps=clock(),
        node_ids=IDS,
        name="mine",
    )
    np.testing.assert_array_equal(series.values, values.astype("float32"))
    np.testing.assert_array_equal(series.adjacency, WEIGHTS)
    np.testing.assert_array_equal(series.coordinates, PLACES)
    assert (series.timestamps == clock().to_numpy()).all()
    assert series.node_ids.tolist() == IDS
    assert series.mask is None and series.distances is None
    assert series.name == "mine"
    assert not recwarn.list


def test_a_data_frame_says_sensors_and_times():
    frame = pd.DataFrame(readings(), clock(), IDS)
    series = from_arrays(frame, adjacency=WEIGHTS)
    assert series.node_ids.tolist() == IDS
    assert (series.timestamps == clock().to_numpy()).all()
    without = from_arrays(frame.reset_index(drop=True), adjacency=WEIGHTS)
    assert without.timestamps is None
    np.testing.assert_array_equal(without.values, series.values)


def test_rows_are_put_on_the_grid_with_their_mask():
    keep = np.delete(np.arange(24), 5)
    with pytest.warns(UserWarning, match="series 'x': 1 missing row in 1 gap"):
        series = from_arrays(
            readings()[keep],
            adjacency=WEIGHTS,
            timestamps=clock()[keep].astype(str),
            name="x",
        )
    assert (series.timestamps == clock().to_numpy()).all()
    assert np.flatnonzero(~series.mask.any(axis=1)).tolist() == [5]


def test_odd_sensors_and_days_are_told():
    frame = pd.DataFrame(readings(72), clock(72, freq="1h"), IDS)
    frame["b"], frame["c"] = np.nan, 5.0
    frame.loc["2024-03-02", "c"] = np.nan
    frame.loc["2024-03-02", "0012"] = np.nan
    with pytest.warns(UserWarning) as caught:
        from_arrays(frame, adjacency=[[0, 1, 0], [1, 0, 0], [0, 0, 1]])
    messages = [str(warning.message) for warning in caught]
    assert len(messages) == 4
    assert "1 sensor without any reading: b" in messages[0]
    assert "1 sensor whose readings are all the same: c" in messages[1]
    assert "1 day without any reading: 2024-03-02" in messages[2]
    assert "1 sensor without an edge: c" in messages[3]  # but to itself
    assert {Path(warning.filename).name for warning in caught} == {
        Path(__file__).name
    }


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"distances": DISTANCES}, "given by adjacency and distances"),
        ({"adjacency": WEIGHTS[:2]}, r"shape \(2, 3\); expected \(3, 3\)"),
        ({"adjacency": pd.DataFrame(WEIGHTS, IDS)}, "other sensors as rows"),
        (
            {"adjacency": pd.DataFrame(WEIGHTS, IDS, IDS)},
            "`adjacency` has no row for 3 of 3 sensors: 0, 1, 2",
        ),
        ({"adjacency": pd.DataFrame([["a"]])}, "what is no number"),
        (
            {"values": pd.DataFrame(readings(), clock(), IDS).T},
            "columns.*times",
        ),
        ({"coordinates": PLACES[:, ::-1]}, "latitude first"),
        ({"adjacency": None, "coordinates": PLACES[0]}, r"shape \(2,\)"),
        (
            {"adjacency": None, "distances": [[0, 9, 9], [9, 0, 8], [9, 9, 0]]},
            "no edge is left: .*deviation 4.17.*up to 6.33.*least is 8",
        ),
        ({"values": [[np.nan] * 3]}, "no reading is present"),
        ({"values": [[1, 2, np.inf]]}, "row 0, sensor '2': the reading is inf"),
        ({"values": [1, 2, 3]}, r"shape \(3,\)"),
        ({"values": [["a", 1, 2]]}, "what is no number"),
        ({"mask": np.ones((24, 2))}, r"`mask` has shape \(24, 2\)"),
        ({"mask": np.full((24, 3), 2)}, "`mask` has shape"),
        (
            {"values": [[1, np.nan, 2]], "mask": [[1, 1, 0]]},
            "row 0, sensor '1': the reading is NaN, and `mask`",
        ),
        ({"node_ids": ["a", "a", "b"]}, "2 of them differently"),
        ({"node_ids": ["a", "b"]}, "2 sensors are named"),
        ({"timestamps": clock(23)}, "23 timestamps for 24 rows"),
        ({"timestamps": range(24)}, "'0' is no timestamp"),
        (
            {
                "values": pd.DataFrame(readings(), clock()),
                "timestamps": clock(),
            },
            "both say the time",
        ),
    ],
)
def test_bad_arguments_are_refused(change, message):
    arguments = {"values": readings(), "adjacency": WEIGHTS, **change}
    with pytest.raises(ValueError, match=message):
        from_arrays(**arguments)


def test_names_that_contradict_the_columns_are_refused():
    frame = pd.DataFrame(readings(), clock(), IDS)
    with pytest.raises(ValueError, match="are 0012, b, c and `node_ids` are c"):
        from_arrays(frame, adjacency=WEIGHTS, node_ids=IDS[::-1])
    same = from_arrays(frame, adjacency=WEIGHTS, node_ids=IDS)
    assert same.node_ids.tolist() == IDS
    for columns in (None, np.arange(3)):  # numbered, not named
        bare = pd.DataFrame(readings(), clock(), columns)
        named = from_arrays(bare, adjacency=WEIGHTS, node_ids=IDS)
        assert named.node_ids.tolist() == IDS


@pytest.mark.parametrize(
    ("times", "offset"),
    [
        (clock(), None),
        (clock().tz_localize("Asia/Kolkata"), 5.5),
        (["2024-10-27 02:30+02:00", "2024-10-27 02:00+01:00"], 0.0),
    ],
)
@pytest.mark.filterwarnings("ignore:.*the UTC offset changes")
def test_the_clock_of_the_times_is_kept(tmp_path, times, offset):
    series = from_arrays(
        readings(len(times)), adjacency=WEIGHTS, timestamps=times
    )
    assert series.utc_offset == offset
    series.save(tmp_path / "own.npz")
    assert Series.load(tmp_path / "own.npz").utc_offset == offset


def flow_and_speed():
    flow, speed = readings(), readings() / 10
    speed.flat[4] = np.nan
    return np.stack([flow, speed], axis=-1)  # (steps, 3, 2)


def test_measurements_are_an_array_or_columns_of_two_levels():
    values, names = flow_and_speed(), ["flow", "speed"]
    options = {"adjacency": WEIGHTS, "measurements": names}
    units = ["veh/h", "km/h"]
    series = from_arrays(
        values, timestamps=clock(), node_ids=IDS, units=units, **options
    )
    np.testing.assert_array_equal(series.mask, np.isfinite(values))
    np.testing.assert_array_equal(series.values, np.float32(values))
    assert series.measurements.tolist() == names
    assert series.units.tolist() == units
    assert series.node_ids.tolist() == list(IDS)
    frames = {
        name: pd.DataFrame(values[..., at], clock(), IDS)
        for at, name in enumerate(names)
    }
    frame = pd.concat(frames, axis=1)
    again = from_arrays(frame, adjacency=WEIGHTS, units=units)
    np.testing.assert_array_equal(again.values, series.values)
    np.testing.assert_array_equal(again.mask, series.mask)
    assert again.measurements.tolist() == names
    assert again.node_ids.tolist() == list(IDS)
    mixed = from_arrays(frame.iloc[:, [3, 0, 4, 1, 5, 2]], adjacency=WEIGHTS)
    assert mixed.measurements.tolist() == ["speed", "flow"]
    np.testing.assert_array_equal(mixed.values, series.values[..., ::-1])
    mask = np.isfinite(values)
    masked = from_arrays(np.nan_to_num(values), mask=mask, **options)
    np.testing.assert_array_equal(masked.mask, mask)
    assert masked.node_ids is None


def test_one_measurement_of_an_array_is_a_plain_series():
    plain = from_arrays(readings(), adjacency=WEIGHTS)
    one = from_arrays(readings()[..., None], adjacency=WEIGHTS)
    np.testing.assert_array_equal(one.values, plain.values)
    assert one.measurement_names == plain.measurement_names


def test_what_a_measurement_lacks_is_said():
    frame = pd.concat(
        {
            "flow": pd.DataFrame(readings(), clock(), IDS),
            "speed": pd.DataFrame(readings(), clock(), IDS),
        },
        axis=1,
    )
    lacking = f"'speed' has no column for sensor {IDS[2]}"
    with pytest.raises(ValueError, match=lacking):
        from_arrays(frame.iloc[:, :5], adjacency=WEIGHTS)
    with pytest.raises(ValueError, match="Leave it out, and NaN"):
        from_arrays(frame, adjacency=WEIGHTS, mask=np.isfinite(frame))
    with pytest.raises(ValueError, match="expected 2 different names"):
        from_arrays(frame, adjacency=WEIGHTS, measurements=["flow"])
    gone = flow_and_speed()
    gone[..., 1] = np.nan
    with pytest.raises(ValueError, match="series', 1: no reading is present"):
        from_arrays(gone, adjacency=WEIGHTS)
    gone[..., 1] = 7
    with pytest.warns(UserWarning, match="', 1: 3 sensors whose readings are"):
        from_arrays(gone, adjacency=WEIGHTS)


def test_an_array_of_xarray_says_times_and_sensors():
    class DataArray:
        """What is used of one."""

        dims = ("time", "sensor")

        def to_pandas(self):
            return pd.DataFrame(readings(), clock(), IDS)

    series = from_arrays(DataArray(), adjacency=WEIGHTS)
    assert series.node_ids.tolist() == IDS
    assert (series.timestamps == clock().to_numpy()).all()
