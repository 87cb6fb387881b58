"""Long tables, a row a reading."""

import numpy as np
import pandas as pd
import pytest

from keras_stunet.data import read_values
from tests.data.readers.values.small_tables import EXPECTED
from tests.data.readers.values.small_tables import LONG
from tests.data.readers.values.small_tables import TIMES
from tests.data.readers.values.small_tables import WIDE
from tests.data.readers.values.small_tables import equal


def test_three_columns_are_wide_where_the_second_holds_numbers(tmp_path):
    text = "".join(line.rsplit(",", 1)[0] + "\n" for line in WIDE.splitlines())
    (tmp_path / "a.csv").write_text(text)
    assert equal(read_values(tmp_path / "a.csv"), EXPECTED[["00123", "b"]])


def test_three_columns_are_long_where_no_second_cell_is_a_number(tmp_path):
    text = LONG.replace("00123", "x00123").replace("sensor", "where")
    (tmp_path / "a.csv").write_text(text)
    expected = EXPECTED.rename(columns={"00123": "x00123"})
    assert equal(read_values(tmp_path / "a.csv"), expected)


def test_long_repetitions_become_rows_of_their_time(tmp_path):
    lines = [*LONG.splitlines(), "2024-03-01 08:05,b,58"]
    (tmp_path / "a.csv").write_text("\n".join(lines))
    got = read_values(tmp_path / "a.csv")
    assert got.index.equals(TIMES[[0, 1, 1, 2]].as_unit(got.index.unit))
    assert got["b"].tolist()[1:3] == [59, 58]
    assert np.isnan(got.iloc[2, [0, 2]]).all()


def test_a_long_file_of_sensors_without_common_times_is_refused(tmp_path):
    times = pd.date_range("2024-03-01", periods=3000, freq="s").astype(str)
    rows = [f"{time},s{at},1\n" for at, time in enumerate(times)]
    (tmp_path / "a.csv").write_text("time,sensor,v\n" + "".join(rows))
    with pytest.raises(ValueError, match="3,000 times of 3,000 sensors"):
        read_values(tmp_path / "a.csv")


@pytest.mark.parametrize("jitter", [False, True])
def test_a_long_file_whose_sensors_take_turns_is_refused(tmp_path, jitter):
    rng = np.random.default_rng(0)
    steps = pd.date_range("2024-03-01", periods=100, freq="5min")
    rows = [
        (time + pd.Timedelta(seconds=int(late)), name, 60)
        for time in steps
        for name, late in zip(
            "abcde",
            rng.integers(0, 300, 5) if jitter else range(0, 100, 20),
            strict=True,
        )
    ]
    frame = pd.DataFrame(rows, columns=["time", "sensor", "v"])
    frame.to_csv(tmp_path / "a.csv", index=False)
    with pytest.raises(ValueError, match="5 sensors .* of its own, .*floor"):
        read_values(tmp_path / "a.csv")
    frame["time"] = frame["time"].dt.floor("5min")
    frame.to_csv(tmp_path / "a.csv", index=False)
    assert len(read_values(tmp_path / "a.csv")) == 100


def test_a_long_file_with_many_gaps_or_two_rates_is_read(tmp_path):
    rng = np.random.default_rng(0)
    steps = pd.date_range("2024-03-01", periods=300, freq="5min")
    rows = [(time, name, 60) for time in steps for name in "abcde"]
    frame = pd.DataFrame(rows, columns=["time", "sensor", "v"])
    frame[rng.random(len(frame)) < 0.2].to_csv(tmp_path / "a.csv", index=False)
    assert read_values(tmp_path / "a.csv").shape[1] == 5
    hourly = (frame["sensor"] == "a") | (frame["time"].dt.minute == 0)
    frame[hourly].to_csv(tmp_path / "a.csv", index=False)
    assert read_values(tmp_path / "a.csv").shape == (300, 5)
