"""Tables of text: numbers as Python reads them, lines as an editor counts."""

import numpy as np
import pytest

from keras_stunet.data.readers.csv_files import read_csv
from keras_stunet.data.readers.tables import is_number


def table(tmp_path, content):
    path = tmp_path / "a.csv"
    path.write_bytes(
        content if isinstance(content, bytes) else content.encode()
    )
    return read_csv(path)


def test_cells_and_lines_are_those_of_the_file(tmp_path):
    got = table(tmp_path, '\n a,b\r\n\r\n"1,""0""",\r  \n,x"y\n, "q"')
    assert list(got.rows()) == [
        (2, (" a", "b")),
        (4, ('1,"0"', "")),
        (6, ("", 'x"y')),
        (7, ("", ' "q"')),
    ]
    assert got.head == [" a", "b"] and not got.closed
    assert len(got.body) == 3
    assert got.body.place(0).endswith("a.csv, line 4")


@pytest.mark.parametrize("odd", [False, True])
def test_numbers_are_those_of_float(tmp_path, odd):
    rng = np.random.default_rng(0)
    values = 10.0 ** rng.uniform(-300, 300, (50, 4)) * rng.normal(size=(50, 4))
    values[rng.random(values.shape) < 0.2] = np.nan
    cells = [
        ["" if np.isnan(v) else repr(float(v)) for v in row] for row in values
    ]
    if odd:  # what the quick way does not take
        cells[7][2:] = " +.5 ", "N/A"
        values[7, 2:] = 0.5, np.nan
    text = "\n".join(",".join(row) for row in cells)
    got, bad = table(tmp_path, text).numbers(range(4))
    np.testing.assert_array_equal(got, values)
    assert not bad.any()


@pytest.mark.parametrize(
    ("cell", "number"),
    [
        *(("5.", 5), (".5", 0.5), ("+5", 5), ("-0", -0.0), ("1E5", 1e5)),
        *(("1e400", np.inf), ("1e-400", 0), ("-Infinity", -np.inf)),
        *((" 5 ", 5), ("NaN", None), ("-nan", None), ("#N/A", None)),
        *(("<NA>", None), (" ", None), ("null", None)),
    ],
)
def test_a_cell_is_a_number_or_missing(tmp_path, cell, number):
    got, bad = table(tmp_path, f"x,{cell}\n").numbers([1])
    assert not bad
    np.testing.assert_array_equal(got, [[np.nan if number is None else number]])
    assert is_number(cell) == (number is not None)


@pytest.mark.parametrize(
    "cell",
    [
        *("1_0", "0x10", "٥", "1d5", "5e", "nan(1)", "infin", "1 2", "+-5"),
        *("1,5", "--", "1e", "e5", ".", "+", "true", "5\u00a06"),
    ],
)
def test_a_cell_that_is_no_number_is_found(tmp_path, cell):
    got, bad = table(tmp_path, f'7,1\n"{cell}",2\n').numbers([1, 0])
    assert bad.tolist() == [[False, False], [False, True]]
    np.testing.assert_array_equal(got, [[1, 7], [2, np.nan]])
    assert not is_number(cell)


@pytest.mark.parametrize("line", [3, 120_001, 200_002])
def test_a_ragged_line_far_down_has_its_number(tmp_path, line):
    lines = ["time,a", *["2024-03-01,1.25"] * 200_000, "2024-03-01,1.5", ""]
    lines[line - 1] += ",7"
    lines.insert(1, "")  # a blank one is counted
    message = rf"a\.csv, line {line + 1}: 3 cells; expected 2"
    with pytest.raises(ValueError, match=message):
        table(tmp_path, "\n".join(lines))


def test_lines_may_be_long(tmp_path):
    long = "x" * 3_000_000
    got = table(tmp_path, f"{long},5\n{long},6\n")
    assert got.head == [long, "5"]
    np.testing.assert_array_equal(got.numbers([1])[0], [[5], [6]])


@pytest.mark.parametrize(
    "line", ['1,"2', '"1"2,3', '1,"2"3', '"1,2', '1,2"\n"3,4', '"a""b,2']
)
def test_quotes_that_do_not_close_are_refused(tmp_path, line):
    number = 3 if "\n" in line else 2
    with pytest.raises(ValueError, match=rf"a\.csv, line {number}: a quoted c"):
        table(tmp_path, f"x,y\n{line}\n5,6\n")
