"""read_values: readings from csv, parquet and npz files."""

import gzip

import numpy as np
import pytest

from keras_stunet.data import Series
from keras_stunet.data import read_values
from tests.data.readers.values.small_tables import EXPECTED
from tests.data.readers.values.small_tables import LONG
from tests.data.readers.values.small_tables import TIMES
from tests.data.readers.values.small_tables import WIDE
from tests.data.readers.values.small_tables import equal


@pytest.mark.parametrize("text", [WIDE, LONG], ids=["wide", "long"])
@pytest.mark.parametrize(
    "change",
    [
        str.encode,
        lambda text: text[:-1].encode(),  # no line break at the end
        lambda text: text.replace("\n", "\r\n").encode("utf-8-sig"),
        lambda text: text.replace("\n", "\n\n").encode(),
        lambda text: text.replace(",b", ',"b"').encode(),
        lambda text: text.replace(",", " , ").encode(),
        lambda text: gzip.compress(text.encode()),
    ],
    ids=["plain", "cut", "windows", "blank", "quotes", "spaces", "gzip"],
)
def test_csv_is_read_wide_and_long(tmp_path, text, change):
    path = tmp_path / "speeds.csv"
    path.write_bytes(change(text))
    assert equal(read_values(path))


def test_gzip_has_an_ending_of_its_own_too(tmp_path):
    (tmp_path / "speeds.csv.gz").write_bytes(gzip.compress(WIDE.encode()))
    assert equal(read_values(str(tmp_path / "speeds.csv.gz")))


@pytest.mark.parametrize("form", ["index", "column", "text", "long"])
def test_parquet_is_read_wide_and_long(tmp_path, form):
    table = EXPECTED
    if form == "column":
        table = EXPECTED.rename_axis("time").reset_index()
    elif form == "text":
        table = EXPECTED.set_axis(TIMES.astype(str))
    elif form == "long":
        table = EXPECTED.rename_axis("time").reset_index()
        table = table.melt("time", var_name="id")
    table.to_parquet(tmp_path / "speeds.parquet")
    assert equal(read_values(tmp_path / "speeds.parquet"))


def test_npz_is_read_with_and_without_names(tmp_path):
    arrays = {"values": EXPECTED.to_numpy(), "timestamps": TIMES.to_numpy()}
    path = tmp_path / "speeds.npz"
    np.savez(path, node_ids=EXPECTED.columns.to_numpy(str), **arrays)
    assert equal(read_values(path))
    np.savez(path, **arrays)
    assert equal(read_values(path), EXPECTED.set_axis(["0", "1", "2"], axis=1))
    mask = np.isfinite(arrays["values"])
    arrays["values"] = np.where(mask, arrays["values"], 99)
    np.savez(path, mask=mask, node_ids=["00123", "b", "c d"], **arrays)
    assert equal(read_values(path))


def test_a_saved_series_is_read(tmp_path):
    values = EXPECTED.to_numpy("float32")
    Series(
        values,
        np.eye(3),
        timestamps=TIMES,
        mask=np.isfinite(values),
        node_ids=EXPECTED.columns,
    ).save(tmp_path / "s.npz")
    expected = EXPECTED.astype("float32").astype("float64")
    assert equal(read_values(tmp_path / "s.npz"), expected)


def test_rows_stay_as_they_are_written(tmp_path):
    lines = WIDE.splitlines(keepends=True)
    (tmp_path / "a.csv").write_text("".join(lines[i] for i in (0, 3, 1, 1)))
    expected = EXPECTED.iloc[[2, 0, 0]]
    assert equal(read_values(tmp_path / "a.csv"), expected)


def damaged(old, new, text=WIDE):
    assert old in text
    return text.replace(old, new, 1).encode()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is empty"),
        (b"\n \n", "is empty"),
        (b"\x1f\n", "is empty"),
        (b"time,a\n", "headings and no readings"),
        (b"time,sensor,mph\n", "headings and no readings"),
        (b"time\n2024-03-01\n", "line 1: one column"),
        (
            b"time;a\n2024-03-01;1,5\n",
            "line 2, sensor 'a': '1,5' is no.*--d",
        ),
        (b"time:a\n2024-03-01:15\n", "line 1: one column, 'time:a'"),
        (damaged("59", "fast"), "line 3, sensor 'b': 'fast' is no number"),
        (damaged("59", "5_9"), "line 3, sensor 'b': '5_9' is no number"),
        (damaged("59", "٥٩"), "line 3, sensor 'b'"),
        (damaged("59", '"5,9"'), "line 3.*say so: --decimal ,"),
        (damaged("59", "inf"), "line 3, sensor 'b': the reading is inf"),
        (damaged("59", "4e38"), "line 3, sensor 'b': the reading is 4e.38"),
        (damaged(",59", ""), "line 3: 3 cells; expected 4.*Correct the line"),
        (damaged("59", "59,1"), "line 3: 5 cells; expected 4"),
        (WIDE.encode()[:-10], "line 4: 3 cells.*last line.*cut off"),
        (damaged("59", '"59'), "line 3: a quoted cell does not end"),
        (
            b'time,a\n2024-03-01,"5\n2024-03-02,6"\n',
            "line 2: a quoted cell does not",
        ),
        (damaged("59", '"5"9'), "line 3: a quoted cell does not end"),
        (damaged("59", "\0"), "line 3: a zero byte"),
        (damaged("59", "\xff").replace(b"\xc3\xbf", b"\xff"), "line 3: byte"),
        (damaged("2024-03-01 08:05", "01.03.2024"), "line 3: .*which number"),
        (damaged("2024-03-01 08:05", ""), "line 3: the time is missing"),
        (damaged("08:05", "08:05Z"), "mixed: .*line 3 has one.*line 2 has no"),
        (damaged("b", "00123"), "sensors 1 and 2 are both called '00123'"),
        (damaged(",b,", ",,"), "heading of sensor 2 is empty"),
        (damaged("59", "x", LONG), "line 4, sensor 'b': 'x' is no number"),
        (damaged("59", "inf", LONG), "line 4: the reading is inf"),
        (damaged(",b,", ",,", LONG), "line 4: the sensor is missing"),
        (
            damaged("sensor", "n", LONG),
            "line 4, sensor 'n': 'b' is.*call its column of",
        ),
        (b"time,x,y\n" + b"2024-03-01,716939,1\n" * 2, "most times occur"),
        (gzip.compress(WIDE.encode(), mtime=0)[:-9], "gzip data are damaged"),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "line 1: byte 0x89"),
    ],
)
def test_a_bad_csv_is_refused_with_file_and_line(tmp_path, content, message):
    path = tmp_path / "speeds.csv"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=rf"speeds\.csv.*({message})"):
        read_values(path)


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        (
            {"values": np.ones((2, 3))},
            "has no 'timestamps', but values. Say when .*--start",
        ),
        ({"x": np.ones((2, 3))}, "has x; expected the readings as `values`"),
        (
            {"values": np.ones((2, 3)), "data": np.ones((2, 3))},
            "has values, data; expected",
        ),
        ({"data": np.ones((2, 3, 4, 1))}, r"`data` has shape \(2, 3, 4, 1\)"),
        ({"values": np.ones(3), "timestamps": TIMES}, r"shape \(3,\)"),
        ({"values": np.ones((2, 3)), "timestamps": TIMES}, r"expected \(2,\)"),
        ({"values": [["a"]], "timestamps": TIMES[:1]}, "dtype <U1"),
        ({"values": np.ones((1, 1)), "timestamps": [5]}, "'5' is no time"),
        (
            {"values": [[1.0]], "timestamps": TIMES[:1], "mask": [[7]]},
            "`mask` has dtype",
        ),
        (
            {"values": [[1.0]], "timestamps": TIMES[:1], "node_ids": [1.5]},
            "`node_ids` has dtype float64",
        ),
        (
            {"values": [[np.inf]], "timestamps": TIMES[:1]},
            "row 0, sensor '0': the reading is inf",
        ),
    ],
)
def test_a_bad_npz_is_refused(tmp_path, arrays, message):
    np.savez(tmp_path / "a.npz", **arrays)
    with pytest.raises(ValueError, match=rf"a\.npz.*{message}"):
        read_values(tmp_path / "a.npz")


@pytest.mark.parametrize(
    ("table", "message"),
    [
        (EXPECTED.assign(d="fast"), "column 'd' holds no readings"),
        (EXPECTED.assign(d=True), "column 'd' holds no readings"),
        (EXPECTED.set_axis([1, 2, 5]), "'1' is no time"),
        (EXPECTED[[]], "expected times and a column"),
    ],
)
def test_a_bad_parquet_is_refused(tmp_path, table, message):
    table.to_parquet(tmp_path / "a.parquet")
    with pytest.raises(ValueError, match=rf"a\.parquet.*{message}"):
        read_values(tmp_path / "a.parquet")


@pytest.mark.parametrize("name", ["a.npz", "a.parquet"])
def test_a_damaged_binary_file_is_refused_by_name(tmp_path, name):
    (tmp_path / name).write_bytes(b"PK\x03\x04 and nothing more")
    with pytest.raises(ValueError, match=rf"{name} could not be read"):
        read_values(tmp_path / name)
    (tmp_path / name).write_bytes(b"")
    with pytest.raises(ValueError, match=name):
        read_values(tmp_path / name)


def test_what_is_no_file_is_refused(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"no file .*none\.csv"):
        read_values(tmp_path / "none.csv")
    with pytest.raises(ValueError, match="is a folder that has no files"):
        read_values(tmp_path)
    with pytest.raises(FileNotFoundError, match=r"no file that fits .*\*\.csv"):
        read_values(tmp_path / "*.csv")
    (tmp_path / "a.xlsx").write_bytes(b"PK")
    with pytest.raises(ValueError, match=r"a\.xlsx is no \.csv"):
        read_values(tmp_path / "a.xlsx")
