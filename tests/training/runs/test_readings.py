"""Files of last readings, and of forecasts that can be read as such."""

import numpy as np
import pandas as pd
import pytest

from keras_stunet.data import from_arrays
from keras_stunet.training.runs.forecast import check_target
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
        check_target(tmp_path / "a.txt")


@pytest.mark.parametrize("name", ["now.csv.gz", "now.zip", "now.npz"])
def test_whatever_training_takes_is_read(tmp_path, name):
    given = frame()
    path = tmp_path / name
    if name == "now.npz":
        from_arrays(given).save(path)
    elif name == "now.zip":
        packed = {"method": "zip", "archive_name": "a.csv"}
        given.to_csv(path, compression=packed)
    else:
        given.to_csv(path)
    read = read_readings(path)
    assert (read.index == given.index).all()
    assert read.columns.tolist() == given.columns.tolist()
    np.testing.assert_array_equal(read, given)


def test_what_a_file_does_not_say_may_be_said(tmp_path):
    path = tmp_path / "now.csv"
    frame().to_csv(path, sep=";", decimal=",", index=False)
    read = read_readings(
        path, decimal=",", start="2024-03-01 23:00", interval="15min", missing=4
    )
    assert (read.index == frame().index).all()
    np.testing.assert_array_equal(read, frame().replace(4, np.nan))
