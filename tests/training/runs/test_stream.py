"""Readings row by row."""

import warnings

import numpy as np
import pandas as pd
import pytest

from keras_stunet.training.runs import stream as stream_module
from keras_stunet.training.runs.forecast import forecast_next
from keras_stunet.training.runs.run import Run
from keras_stunet.training.runs.stream import Stream

SENSORS = ["a", "b", "c"]
BOTH = ["flow", "speed"]


class Mean:
    """Stands for a model."""

    def predict_on_batch(self, x):
        mean = x[..., :1].mean(axis=1, keepdims=True)
        return np.concatenate([mean, x[:, -1:, :, :1]], axis=1)


def run(utc_offset=None):
    return Run(
        folder=None,
        config={"model": {"history": 4, "horizon": 2, "calendar": []}},
        sensors=SENSORS,
        minutes_per_step=15.0,
        fill=50.0,
        unit="mph",
        sha256="",
        model=Mean(),
        utc_offset=utc_offset,
    )


class Targets(Mean):
    """Stands for a model of two measurements that forecasts the second."""

    def predict_on_batch(self, x):
        return super().predict_on_batch(x[..., 1:])


def of_both(targets=("speed",)):
    one = run()
    one.measurements, one.targets = BOTH, list(targets)
    one.fill = [50.0, 60.0]
    if len(targets) == 1:
        one.model = Targets()
    else:
        one.model.predict_on_batch = lambda x: x[:, -2:, :, :2]
    return one


def frame_of_both(steps=6):
    values = np.random.default_rng(1).normal(50, 8, (steps, 6))
    columns = pd.MultiIndex.from_product([BOTH, SENSORS])
    return pd.DataFrame(values, frame(steps).index, columns)


def frame(steps=6, start="2024-03-01 23:00", tz=None):
    index = pd.date_range(start, periods=steps, freq="15min", tz=tz)
    values = np.random.default_rng(0).normal(50, 8, (steps, 3))
    return pd.DataFrame(values, index, SENSORS)


def pushed(stream, rows):
    for time, row in rows.iterrows():
        stream.push(time, row)
    return stream


@pytest.mark.parametrize(
    "change",
    [
        lambda rows: rows,
        lambda rows: rows.iloc[[0, 1, 2, 4, 3, 5]],  # late
        lambda rows: pd.concat([rows, rows.iloc[-1:]]),  # twice
        lambda rows: rows.drop(rows.index[3]),  # a gap
        lambda rows: rows.where(rows > 50),  # missing readings
    ],
)
@pytest.mark.filterwarnings("ignore")
def test_it_forecasts_what_forecast_next_does(change):
    rows = change(frame())
    stream = pushed(Stream(run()), rows)
    pd.testing.assert_frame_equal(
        stream.forecast(), forecast_next(run(), rows), check_exact=True
    )


@pytest.mark.filterwarnings("ignore")
def test_old_rows_are_dropped_and_do_not_count():
    rows = frame(200)
    stream = pushed(Stream(run()), rows)
    assert len(stream) == 2 * 4 + 3 * 4
    pd.testing.assert_frame_equal(
        stream.forecast(), forecast_next(run(), rows), check_exact=True
    )


def test_clocks_that_go_back_are_noticed_as_there():
    before = frame(7, "2024-10-27 01:15")  # to 02:45, and 02:00 again
    after = frame(8, "2024-10-27 02:00")
    for count in (2, 5):
        rows = pd.concat([before, after.iloc[:count]])
        stream = pushed(Stream(run()), rows)
        if count == 2:
            with pytest.raises(ValueError, match="the clock goes back"):
                stream.forecast()
            continue
        pd.testing.assert_frame_equal(
            stream.forecast(), forecast_next(run(), rows)
        )


def test_rows_may_lack_sensors_and_come_as_arrays():
    by_name, by_place = Stream(run()), Stream(run())
    for time, row in frame().iterrows():
        by_name.push(str(time), {"c": row["c"], "a": None})
        hidden = np.ma.array([9e9, 9e9, row["c"]], mask=[True, True, False])
        given = [np.nan, np.nan, row["c"]] if time.minute else hidden
        by_place.push(time, given)
    pd.testing.assert_frame_equal(by_name.forecast(), by_place.forecast())


def test_times_with_an_offset_are_put_on_the_training_clock():
    with_offset = pushed(Stream(run(utc_offset=2)), frame(tz="UTC"))
    local = frame(start="2024-03-02 01:00")
    stream = Stream(run(utc_offset=2))
    with pytest.warns(UserWarning, match=r"taken as UTC\+02:00") as noted:
        pushed(stream, local)
    assert len(noted) == 1
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        made = stream.forecast()
    pd.testing.assert_frame_equal(made, with_offset.forecast())
    assert made.index[0].utcoffset().total_seconds() == 2 * 3600


@pytest.mark.parametrize(
    ("time", "row", "message"),
    [
        ("yesterday at eight", [1, 2, 3], "is no time"),
        (pd.NaT, [1, 2, 3], "time of the row is missing"),
        ("2024-03-01 08:00+01:00", [1, 2, 3], "has a time zone"),
        ("2024-03-01", {"aa": 1.0}, "named 'aa'.*Did you mean"),
        ("2024-03-01", {"a": np.inf}, "'a' is inf"),
        ("2024-03-01", {"a": "fast"}, "'a' is 'fast'"),
        ("2024-03-01", [1, 2, -np.inf], "'c' is inf"),
        ("2024-03-01", [1, 2], r"shape \(2,\); expected \(3,\)"),
        ("2024-03-01", "abc", "expected numbers"),
    ],
)
def test_a_bad_row_is_refused_and_not_kept(time, row, message):
    stream = Stream(run())
    with pytest.raises(ValueError, match=message):
        stream.push(time, row)
    assert len(stream) == 0


@pytest.mark.parametrize("targets", [["speed"], ["flow", "speed"]])
@pytest.mark.filterwarnings("ignore")
def test_several_measurements_forecast_what_forecast_next_does(targets):
    rows = frame_of_both()
    rows = rows.where(rows > 45).iloc[[0, 1, 2, 4, 3, 5]]
    wanted = forecast_next(of_both(targets), rows)
    by_place = rows.to_numpy().reshape(-1, 2, 3).swapaxes(1, 2)  # (N, D) each
    for form in (
        lambda at: rows.iloc[at],
        lambda at: by_place[at],
        lambda at: {name: rows[name].iloc[at] for name in BOTH},
        lambda at: {
            name: {x: float(rows.iloc[at][name, x]) for x in SENSORS[::-1]}
            for name in BOTH[::-1]
        },
        lambda at: pd.DataFrame({x: rows[x].iloc[at] for x in BOTH[::-1]}),
    ):
        stream = Stream(of_both(targets))
        for at, time in enumerate(rows.index):
            stream.push(time, form(at))
        made = stream.forecast()
        pd.testing.assert_frame_equal(made, wanted, check_exact=True)


@pytest.mark.filterwarnings("ignore")
def test_rows_of_several_measurements_may_lack_any():
    rows = frame_of_both()
    rows.loc[:, ("flow", "b")] = np.nan
    rows.loc[:, ("speed", "c")] = np.nan
    stream = Stream(of_both())
    for time, row in rows.iterrows():
        kept = {name: row[name].dropna().to_dict() for name in BOTH}
        stream.push(time, kept)
    wanted = forecast_next(of_both(), rows)
    pd.testing.assert_frame_equal(stream.forecast(), wanted, check_exact=True)


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ({"a": 1.0}, "sensor 'a' is one number, .* trained on flow, speed"),
        ({"flow": 1.0}, "'flow' has one number; expected one by sensor"),
        ({"flw": {"a": 1.0}}, "measurement .* 'flw'.*Did you mean"),
        ({"flow": {"aa": 1.0}}, "No sensor .* 'aa'.*Did you mean"),
        ({"flow": {"a": np.inf}}, "flow of sensor 'a' is inf"),
        ({"flow": {"a": 1}, ("flow", "a"): 2}, "two readings of flow of"),
        (np.zeros(3), r"\(3,\); expected \(3, 2\), .* `run.measurements`"),
        (np.full((3, 2), np.inf), "flow of sensor 'a' is inf"),
    ],
)
def test_a_bad_row_of_several_measurements_is_refused(row, message):
    stream = Stream(of_both())
    with pytest.raises(ValueError, match=message):
        stream.push("2024-03-01", row)
    assert len(stream) == 0


def test_a_row_of_a_named_measurement_may_name_it():
    named, plain = run(), run()
    named.measurements = ["speed"]
    rows = frame()
    stream = Stream(named)
    for time, row in rows.iterrows():
        stream.push(time, {"speed": row})
    wanted = pushed(Stream(plain), rows).forecast()
    pd.testing.assert_frame_equal(stream.forecast(), wanted, check_exact=True)


def test_too_few_rows_say_so():
    stream = Stream(run())
    with pytest.raises(ValueError, match="No row was pushed yet"):
        stream.forecast()
    pushed(stream, frame(3))
    with pytest.raises(ValueError, match="3 rows .* needs the last 4"):
        stream.forecast()


def test_a_reading_of_zero_is_a_reading():
    by_name, by_place = Stream(run()), Stream(run())
    for time in frame().index:
        by_name.push(time, {"a": 0, "b": 0.0, "c": 8.0})
        by_place.push(time, [0.0, 0.0, 8.0])
    made = by_name.forecast()
    pd.testing.assert_frame_equal(made, by_place.forecast())
    assert made["a"].tolist() == [0.0, 0.0]


def test_sensors_may_be_named_by_numbers():
    numbered = run()
    numbered.sensors = ["1", "2", "3"]
    by_number, by_place = Stream(numbered), Stream(numbered)
    for time, row in frame().iterrows():
        by_number.push(time, dict(zip([1, 2, 3], row, strict=True)))
        by_place.push(time, row.to_numpy())
    pd.testing.assert_frame_equal(by_number.forecast(), by_place.forecast())


def test_rows_of_an_hour_that_clocks_repeat_are_kept_at_any_step():
    odd = run()
    odd.minutes_per_step = 25.0  # 7.2 rows in three hours
    stream = Stream(odd)
    for time in pd.date_range("2024-03-01", periods=50, freq="25min"):
        stream.push(time, [1, 2, 3])
    assert len(stream) == 2 * 4 + 8


def test_level_and_covariates_are_handed_on(monkeypatch):
    given = {}

    def note(run, frame, **options):
        given.update(options)

    monkeypatch.setattr(stream_module, "forecast_next", note)
    pushed(Stream(run()), frame()).forecast(level=0.8, covariates="known.csv")
    assert given == {"level": 0.8, "covariates": "known.csv"}


def test_a_state_with_objects_in_it_is_not_opened(tmp_path):
    """Objects are pickles, which may run anything."""
    stream = pushed(Stream(run()), frame())
    times = np.array(["2024-03-01"], dtype=object)
    sensors = np.array(SENSORS)
    np.savez(
        tmp_path / "state.npz",
        times=times,
        values=np.zeros((1, 3)),
        sensors=sensors,
    )
    with pytest.raises(ValueError, match="no whole file"):
        stream.restore(tmp_path / "state.npz")
    assert len(stream) == 6


def test_a_state_is_written_whole_or_not_at_all(tmp_path, monkeypatch):
    stream = pushed(Stream(run()), frame())
    stream.save(tmp_path / "state.npz")
    before = (tmp_path / "state.npz").read_bytes()

    def stop(path, **arrays):
        path.write_bytes(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(np, "savez", stop)
    with pytest.raises(OSError, match="could not be written"):
        stream.save(tmp_path / "state.npz")
    assert (tmp_path / "state.npz").read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["state.npz"]


@pytest.mark.parametrize("rows", [0, 3, 6])
def test_the_state_is_saved_and_restored(tmp_path, rows):
    stream = pushed(Stream(run()), frame(rows))
    stream.save(tmp_path / "state.npz")
    other = pushed(Stream(run()), frame(2))
    other.restore(tmp_path / "state.npz")
    assert len(other) == rows
    if rows == 6:
        pd.testing.assert_frame_equal(
            other.forecast(), stream.forecast(), check_exact=True
        )
    more = frame(9).iloc[rows:]
    for one in (stream, other):
        pushed(one, more)
    pd.testing.assert_frame_equal(
        other.forecast(), stream.forecast(), check_exact=True
    )


def test_the_state_of_several_measurements_is_restored(tmp_path):
    path = tmp_path / "state.npz"
    stream = pushed(Stream(of_both()), frame_of_both())
    stream.save(path)
    other = Stream(of_both())
    other.restore(path)
    pd.testing.assert_frame_equal(
        other.forecast(), stream.forecast(), check_exact=True
    )
    swapped = of_both()
    swapped.measurements = BOTH[::-1]
    with pytest.raises(ValueError, match="rows of flow, speed; .*speed, flow"):
        Stream(swapped).restore(path)
    with pytest.raises(ValueError, match="flow, speed; expected one"):
        Stream(run()).restore(path)
    pushed(Stream(run()), frame()).save(path)
    with pytest.raises(ValueError, match="one measurement; expected flow"):
        stream.restore(path)


def test_a_state_of_before_measurements_is_restored(tmp_path):
    path = tmp_path / "state.npz"
    stream = pushed(Stream(run()), frame())
    stream.save(path)
    kept = dict(np.load(path))
    del kept["measurements"]
    np.savez(path, **kept)
    other = Stream(run())
    other.restore(path)
    pd.testing.assert_frame_equal(other.forecast(), stream.forecast())


def test_a_damaged_state_is_refused(tmp_path):
    stream = pushed(Stream(run()), frame())
    path = tmp_path / "state.npz"
    with pytest.raises(FileNotFoundError):
        stream.restore(path)
    stream.save(path)
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2])
    with pytest.raises(ValueError, match="no whole file"):
        stream.restore(path)
    assert len(stream) == 6
    path.write_bytes(data)
    other = run()
    other.sensors = ["a", "b", "x"]
    with pytest.raises(ValueError, match="other sensors"):
        Stream(other).restore(path)
    with pytest.raises(ValueError, match="must end in .npz"):
        stream.save(tmp_path / "state.txt")
