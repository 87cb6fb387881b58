"""Files of last readings, and of forecasts that can be read as such."""

import numpy as np
import pandas as pd
import pytest

from keras_stunet.training.runs.forecast import write_forecast
from keras_stunet.training.runs.readings import read_readings


def frame():
    index = pd.date_range("2024-03-01 23:00", periods=6, freq="15min")
    return pd.DataFrame(np.arange(18.0).reshape(6, 3), index, ["a", "b", "c"])


@pytest.mark.parametrize("suffix", [".csv", ".parquet"])
def test_files_hold_what_was_written(tmp_path, suffix):
    path = tmp_path / f"next{suffix}"
    written = frame()
    written.iloc[2, 1] = np.nan
    write_forecast(path, written)
    read = read_readings(path)
    # pandas 2 keeps times by the nanosecond, a file by the microsecond.
    pd.testing.assert_frame_equal(
        read,
        written,
        check_freq=False,
        check_names=False,
        check_index_type=False,
    )
    assert [file.name for file in tmp_path.iterdir()] == [path.name]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "could not be read"),
        ("when,a\nnever,1\n", "could not be read"),
        ("when,a\n2024-01-01 00:00,fast\n", "could not be read"),
    ],
)
def test_a_file_that_is_no_table_is_refused(tmp_path, text, message):
    (tmp_path / "bad.csv").write_text(text)
    with pytest.raises(ValueError, match=message):
        read_readings(tmp_path / "bad.csv")


def test_another_ending_is_refused(tmp_path):
    with pytest.raises(ValueError, match=r"ends in '.txt'.*\.csv or \.parquet"):
        read_readings(tmp_path / "a.txt")
