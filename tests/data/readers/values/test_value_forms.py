"""read_values: what a file may leave out, and other marks than ours."""

import gzip
import io
import zipfile

import numpy as np
import pandas as pd
import pytest

from keras_stunet.data import Series
from keras_stunet.data import read_values
from keras_stunet.data.readers.series_files import read_series_and_form
from keras_stunet.data.readers.values.long_rows import UTC_OFFSET

TIMES = pd.date_range("2024-03-01 08:00", periods=4, freq="5min")
VALUES = np.array([[61.25, np.nan], [60, 59], [58.5, 57], [0, 56]])
FRAME = pd.DataFrame(VALUES, TIMES, ["a", "b"])
SAID = {"start": "2024-03-01 08:00", "interval": "5min"}


def same(got, expected=FRAME):
    pd.testing.assert_frame_equal(
        got, expected, check_index_type=False, check_freq=False, rtol=0
    )
    assert (got.index == expected.index).all()
    return True


def numbered(frame=FRAME):
    return frame.set_axis([str(at) for at in range(frame.shape[1])], axis=1)


def written(tmp_path, text, name="a.csv"):
    (tmp_path / name).write_text(text)
    return tmp_path / name


# === Times that stand elsewhere, or nowhere ===


@pytest.mark.parametrize("heading", ["a,b\n", "", "0,1\n", "90217,90218\n"])
@pytest.mark.filterwarnings("ignore:.*(no headings|names of the sensors)")
def test_a_csv_without_times_begins_where_it_is_said(tmp_path, heading):
    rows = FRAME.to_csv(index=False, header=False)
    path = written(tmp_path, heading + rows)
    names = heading.strip().split(",") if heading else ["0", "1"]
    assert same(read_values(path, **SAID), FRAME.set_axis(names, axis=1))


def test_headings_that_are_numbers_are_told(tmp_path):
    path = written(tmp_path, "90217,90218\n61.25,3\n60,59\n")
    with pytest.warns(UserWarning, match="first line are taken as names"):
        assert len(read_values(path, **SAID)) == 2
    # Counts: the first line is no more than the others.
    path = written(tmp_path, "61,3\n60,59\n")
    with pytest.warns(UserWarning, match="no headings; .*numbered from 0"):
        assert len(read_values(path, **SAID)) == 2


def test_an_index_of_pandas_is_left_out(tmp_path):
    plain = FRAME.reset_index(drop=True)
    plain.to_csv(tmp_path / "a.csv")
    with pytest.warns(UserWarning, match="numbers the rows; left out"):
        assert same(read_values(tmp_path / "a.csv", **SAID))
    FRAME.rename_axis("time").reset_index().to_csv(tmp_path / "a.csv")
    with pytest.warns(UserWarning, match="numbers the rows; left out"):
        assert same(read_values(tmp_path / "a.csv"))


@pytest.mark.parametrize("key", ["values", "data", "arr_0"])
@pytest.mark.parametrize("shape", [(4, 2), (4, 2, 1)])
def test_arrays_without_times_do_the_same(tmp_path, key, shape):
    np.savez(tmp_path / "a.npz", **{key: VALUES.reshape(shape)})
    assert same(read_values(tmp_path / "a.npz", **SAID), numbered())
    np.save(tmp_path / "a.npy", VALUES.reshape(shape))
    assert same(read_values(tmp_path / "a.npy", **SAID), numbered())
    with pytest.raises(ValueError, match=r"no 'timestamps'.*--start.*--interv"):
        read_values(tmp_path / "a.npy")


def test_a_parquet_without_times_too(tmp_path):
    FRAME.reset_index(drop=True).to_parquet(tmp_path / "a.parquet")
    assert same(read_values(tmp_path / "a.parquet", **SAID))
    FRAME.to_parquet(tmp_path / "a.parquet")
    with pytest.raises(ValueError, match="has an index of its own"):
        read_values(tmp_path / "a.parquet", **SAID)


def test_a_start_may_have_an_offset(tmp_path):
    path = written(tmp_path, "a,b\n1,2\n3,4\n")
    got = read_values(path, start="2024-03-01 08:00+05:30", interval="1h")
    assert got.attrs[UTC_OFFSET] == 5.5
    hours = pd.date_range("2024-03-01 08:00", periods=2, freq="h")
    assert (got.index == hours).all()


def test_times_that_the_file_has_are_not_given_twice(tmp_path):
    FRAME.to_csv(tmp_path / "a.csv")
    with pytest.raises(ValueError, match="line 2: '2024-03-01 08:00:00' is a"):
        read_values(tmp_path / "a.csv", **SAID)
    Series(np.ones((4, 2)), np.eye(2), TIMES).save(tmp_path / "a.npz")
    with pytest.raises(ValueError, match="times of its own, `timestamps`"):
        read_values(tmp_path / "a.npz", **SAID)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "a,b\n61.2,60\n59,58\n",
            "line 2: no column holds times; the fi",
        ),
        ("61.2,60\n59,58\n", "no column holds times; .*--start .* --interval"),
        ("a,when,b\n1.5,2024-03-01,2\n", "column 2, 'when', holds the times"),
        (
            "sensor,2024-03-01 08:00,2024-03-01 08:05\na,61,60\n",
            "line 1: the headings are times.*DataFrame.T",
        ),
    ],
)
def test_a_table_without_times_in_front_says_what_to_do(
    tmp_path, text, message
):
    with pytest.raises(ValueError, match=rf"a\.csv.*{message}"):
        read_values(written(tmp_path, text))


@pytest.mark.parametrize("heading", [True, False])
def test_a_first_line_of_readings_is_one(tmp_path, heading):
    path = tmp_path / "a.csv"
    FRAME.to_csv(path, header=heading, index_label="time")
    if heading:
        assert same(read_values(path))
        return
    with pytest.warns(UserWarning, match="no headings; the sensors are number"):
        assert same(read_values(path), numbered())


@pytest.mark.parametrize("date", ["%Y-%m-%d", "%Y%m%d", "%d/%m/%Y"])
@pytest.mark.parametrize("heading", [True, False])
@pytest.mark.filterwarnings("ignore:.*(no headings|day first)")
def test_date_and_time_of_day_may_be_two_columns(tmp_path, date, heading):
    frame = FRAME.set_axis(TIMES + pd.Timedelta("20D"))
    table = frame.reset_index(drop=True)
    table.insert(0, "time", frame.index.strftime("%H:%M"))
    table.insert(0, "date", frame.index.strftime(date))
    table.to_csv(tmp_path / "a.csv", index=False, header=heading)
    expected = frame if heading else numbered(frame)
    assert same(read_values(tmp_path / "a.csv"), expected)


@pytest.mark.filterwarnings("ignore:.*day first")
@pytest.mark.parametrize("long", [True, False])
def test_what_a_file_shows_of_its_dates_holds_for_later_ones(tmp_path, long):
    frame = FRAME.set_axis(TIMES + pd.Timedelta("20D")).fillna(1)
    frame = frame.set_axis(frame.index.strftime("%d/%m/%Y %H:%M"))
    frame.index.name = "time"
    if long:
        frame = frame.stack().rename_axis(["time", "sensor"])
    frame.to_csv(tmp_path / "a.csv")
    _, form = read_series_and_form(tmp_path / "a.csv", missing=(-1,))
    assert form == {"missing": (-1,), "date_format": "day-first"}
    later = written(tmp_path, "time,a\n03/04/2024,1\n04/04/2024,2\n", "b.csv")
    got = read_values(later, **form)
    assert got.index.tolist() == [pd.Timestamp(2024, 4, day) for day in (3, 4)]
    _, form = read_series_and_form(tmp_path / "b.csv", date_format="day-first")
    assert form == {"date_format": "day-first"}


# === Marks ===


@pytest.mark.parametrize("separator", [";", "\t", "|"])
@pytest.mark.parametrize("decimal", [".", ","])
def test_separator_and_decimal_mark(tmp_path, separator, decimal):
    path = tmp_path / "a.csv"
    FRAME.to_csv(path, sep=separator, decimal=decimal, index_label="time")
    form = {} if decimal == "." else {"decimal": ","}
    assert same(read_values(path, **form))
    names = {"\t": "tab"}
    form["separator"] = names.get(separator, separator)
    assert same(read_values(path, **form))


def test_a_first_line_of_decimal_commas_has_another_separator(tmp_path):
    path = written(tmp_path, "2024-03-01;61,25;3\n2024-03-02;60,5;4\n")
    with pytest.warns(UserWarning, match="no headings"):
        got = read_values(path, decimal=",")
    np.testing.assert_array_equal(got, [[61.25, 3], [60.5, 4]])


def test_quoted_decimal_commas_among_commas(tmp_path):
    path = written(tmp_path, 'time,a\n2024-03-01,"61,25"\n2024-03-02,"60"\n')
    got = read_values(path, decimal=",")
    assert got["a"].tolist() == [61.25, 60]


@pytest.mark.parametrize(
    ("text", "form", "message"),
    [
        ("t;a\n2024-03-01;6.125\n", {"decimal": ","}, "line 2, column 2: '6.1"),
        ("t;a\n2024-03-01;6,125\n", {}, "line 2, sensor 'a'.*--decimal ,"),
        ("t;a\n2024-03-01;6,1,5\n", {"decimal": ","}, "'6,1,5' is no number"),
        ("t,a\n2024-03-01,6\n", {"separator": ";"}, "no semicolon in 't,a'"),
        ("t;a;b\n2024-03-01;6\n", {}, "line 2: 2 cells; expected 3"),
    ],
)
def test_wrong_marks_are_told_with_their_line(tmp_path, text, form, message):
    with pytest.raises(ValueError, match=rf"a\.csv.*{message}"):
        read_values(written(tmp_path, text), **form)


def test_numbers_for_missing_readings_are_taken_out(tmp_path):
    path = written(tmp_path, "time,a,b\n2024-03-01,0,0.1\n2024-03-02,-9999,5\n")
    got = read_values(path, missing=(0, -9999))
    np.testing.assert_array_equal(got, [[np.nan, 0.1], [np.nan, 5]])
    assert got.attrs == read_values(path).attrs
    np.savez(
        tmp_path / "a.npz",
        values=np.float32([[0.1, 2]]),
        timestamps=TIMES[:1].to_numpy(),
    )
    assert np.isnan(read_values(tmp_path / "a.npz", missing=0.1).iloc[0, 0])


@pytest.mark.parametrize(
    ("form", "message"),
    [
        ({"start": "2024-03-01"}, "Of `start` and `interval` one is given"),
        ({"interval": "5min"}, "one is given"),
        ({**SAID, "interval": "5"}, "`interval` is '5': no number with a unit"),
        ({**SAID, "interval": "0.5s"}, "whole number of seconds"),
        ({**SAID, "interval": "5 parsec"}, "`interval` is '5 parsec'"),
        ({**SAID, "start": "yesterday"}, "`start`: 'yesterday' is no time"),
        ({"separator": "::"}, "`separator` is '::'"),
        ({"separator": "a"}, "`separator` is 'a'"),
        ({"decimal": ";"}, "`decimal` is ';'"),
        ({"decimal": ",", "separator": ","}, "another separator"),
        ({"date_format": "dayfirst"}, "Did you mean 'day-first'"),
        ({"missing": ["none"]}, "`missing` is"),
    ],
)
def test_a_form_that_makes_no_sense_is_refused(tmp_path, form, message):
    with pytest.raises(ValueError, match=message):
        read_values(tmp_path / "not_looked_at.csv", **form)


# === Packed files ===


def zipped(**files):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, content in files.items():
            archive.writestr(name.replace("__", "."), content)
    return file.getvalue()


@pytest.mark.parametrize("form", ["csv", "parquet", "npz"])
@pytest.mark.parametrize("pack", [gzip.compress, None], ids=["gz", "zip"])
def test_each_form_may_be_packed(tmp_path, form, pack):
    plain = tmp_path / f"a.{form}"
    if form == "csv":
        FRAME.to_csv(plain)
    elif form == "parquet":
        FRAME.to_parquet(plain)
    else:
        arrays = {"values": VALUES, "timestamps": TIMES.to_numpy()}
        np.savez(plain, node_ids=["a", "b"], **arrays)
    content = plain.read_bytes()
    packed = tmp_path / ("b.zip" if pack is None else f"b.{form}.gz")
    packed.write_bytes(
        zipped(**{f"a__{form}": content}) if pack is None else pack(content)
    )
    assert same(read_values(packed))


def test_a_zip_of_several_files_or_none_is_refused(tmp_path):
    path = tmp_path / "a.zip"
    for content, found in ((zipped(), 0), (zipped(a="", b=""), 2)):
        path.write_bytes(content)
        with pytest.raises(ValueError, match=rf"a\.zip holds {found} files"):
            read_values(path)
    path.write_bytes(b"PK\x03\x04 and no more")
    with pytest.raises(ValueError, match=r"a\.zip could not be unpacked"):
        read_values(path)
    path.write_bytes(zipped(a__xlsx="x"))
    with pytest.raises(ValueError, match=r"a\.zip is no \.csv"):
        read_values(path)
