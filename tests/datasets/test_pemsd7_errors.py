"""What the reader of PeMSD7 says of files that are not as they must be."""

import gzip
import pathlib
import re
import shutil

import numpy as np
import pytest

from keras_stunet.datasets import pemsd7

DUMMY = pathlib.Path(pemsd7.__file__).parent / "dummy_data" / "m"
SIZES = {"num_stations": 4, "num_days": 2}
SPEED = "PeMSD7_V_228.csv"
DISTANCES = "PeMSD7_W_228.csv"
STATIONS = "PeMSD7_M_Station_Info.csv"


@pytest.fixture
def folder(tmp_path):
    return shutil.copytree(DUMMY, tmp_path / "raw")


def edit_line(path, number, new):
    lines = path.read_bytes().splitlines(keepends=True)
    lines[number - 1] = new(lines[number - 1])
    path.write_bytes(b"".join(lines))


def first_field(value):
    return lambda line: value + line[line.index(b",") :]


def read_error(folder, error=ValueError):
    with pytest.raises(error) as caught:
        pemsd7.read_raw(folder, **SIZES)
    return str(caught.value)


@pytest.mark.parametrize(
    "new, message",
    [
        (
            lambda line: line[line.index(b",") + 1 :],
            "line 7: 3 cells; expected 4",
        ),
        (lambda line: b"1," + line, "line 7: 5 cells; expected 4"),
        (lambda line: b"\n", "ends after line 576, with 575 rows of numbers"),
        (first_field(b"fast"), "line 7, column 1: 'fast' is no speed in mph"),
        (first_field(b""), "line 7, column 1: '' is no speed"),
        (first_field(b"-1"), "line 7, column 1: '-1' is no speed .* 0 or more"),
        (first_field(b"nan"), "line 7, column 1: 'nan' is no speed"),
        (first_field(b"inf"), "line 7, column 1: 'inf' is no speed"),
        (first_field(b"1e39"), "line 7, column 1: '1e39' is no speed"),
        (first_field(b"1_0"), "line 7, column 1: '1_0' is no speed"),
        (first_field(b"1\xa02"), "line 7: byte 0xa0 is no UTF-8 text"),
        (lambda line: line[:-2] + b"x\n", "line 7, column 4"),
    ],
)
def test_fault_in_a_line_is_named_with_its_place(folder, new, message):
    edit_line(folder / SPEED, 7, new)
    error = read_error(folder)
    assert SPEED in error
    assert re.search(message, error), error


def test_header_line_is_refused_with_a_hint(folder):
    path = folder / SPEED
    path.write_bytes(b"a,b,c,d\n" + path.read_bytes())
    assert "line 1, column 1: 'a'" in read_error(folder)
    assert "without header" in read_error(folder)


def test_empty_file(folder):
    (folder / SPEED).write_bytes(b"")
    assert f"{SPEED} is empty" in read_error(folder)


def test_file_cut_off_after_a_line(folder):
    path = folder / SPEED
    path.write_bytes(b"".join(path.read_bytes().splitlines(True)[:-288]))
    assert "ends after line 288, with 288 rows" in read_error(folder)


def test_file_cut_off_within_the_last_number(folder):
    path = folder / SPEED
    path.write_bytes(path.read_bytes()[:-2])
    assert "line 576 does not end with a line break" in read_error(folder)


def test_rows_left_over(folder):
    path = folder / SPEED
    path.write_bytes(path.read_bytes() + b"1,2,3,4\n")
    error = read_error(folder)
    assert (
        "more than the expected 576 rows. Remove the lines from line 577"
        in (error)
    )


def test_distances_of_another_size(folder):
    edit_line(folder / DISTANCES, 4, lambda line: b"")
    assert f"{DISTANCES}: ends after line 3" in read_error(folder)


def test_negative_distance(folder):
    edit_line(folder / DISTANCES, 2, first_field(b"-5"))
    assert "line 2, column 1: '-5' is no distance in metres" in (
        read_error(folder)
    )


@pytest.mark.parametrize("damage", ["cut", "flip", "header"])
def test_damaged_gzip(folder, damage):
    path = folder / SPEED
    packed = bytearray(gzip.compress(path.read_bytes()))
    path.unlink()
    if damage == "cut":
        del packed[-9:]
    elif damage == "flip":
        packed[-6] ^= 255  # Of the check sum.
    else:
        packed[2] = 99  # Compression method.
    (folder / (SPEED + ".gz")).write_bytes(packed)
    assert "gzip data are damaged or cut off" in read_error(folder)


def test_missing_file_says_what_was_looked_for_and_how_to_get_it(folder):
    (folder / DISTANCES).unlink()
    error = read_error(folder, FileNotFoundError)
    assert "PeMSD7(M): no distances file. Looked for PeMSD7_W_228.csv" in error
    assert str(folder) in error
    assert "pemsd7_m" in error
    assert "https://" in error


def test_missing_folder(tmp_path):
    error = read_error(tmp_path / "none", FileNotFoundError)
    assert "no speed file. Looked for PeMSD7_V_228.csv or vel.csv" in error


@pytest.mark.parametrize(
    "number, new, message",
    [
        (
            3,
            lambda line: b"",
            "3 stations, 3 of them with an id of their own; expected 4",
        ),
        (3, lambda line: line.replace(b"34", b"x", 1), "line 3: sensor"),
        (3, lambda line: line.replace(b"-118", b"-218"), "line 3: sensor"),
        (3, lambda line: b"1,2\n", "line 3: 2 cells; expected 7"),
        (1, lambda line: b"," + line, "line 2: 7 cells; expected 8"),
        (1, lambda line: line.replace(b"ID", b"x"), "0 columns of sensors"),
        (3, lambda line: b"\xff" + line, "line 3: byte 0xff is no UTF-8 text"),
        (3, lambda line: b"1,,5,S,7,34,-118\n", "line 3: sensor ''"),
    ],
)
def test_faults_of_the_stations_file(folder, number, new, message):
    edit_line(folder / STATIONS, number, new)
    error = read_error(folder)
    assert STATIONS in error
    assert message in error


def test_the_same_station_twice(folder):
    lines = (folder / STATIONS).read_text().splitlines()
    lines[2] = "1" + lines[1][1:]
    (folder / STATIONS).write_text("\n".join(lines) + "\n")
    assert "3 of them with an id of their own" in read_error(folder)


def test_mutated_files_give_an_answer_or_a_value_error(folder):
    rng = np.random.default_rng(7)
    packed = gzip.compress((folder / SPEED).read_bytes(), mtime=0)
    (folder / SPEED).unlink()
    names = [SPEED + ".gz", DISTANCES, STATIONS]
    (folder / names[0]).write_bytes(packed)
    whole = {name: (folder / name).read_bytes() for name in names}
    refused = 0
    for _ in range(300):
        name = names[rng.integers(3)]
        (folder / name).write_bytes(mutate(whole[name], rng))
        try:
            series = pemsd7.read_raw(folder, **SIZES)
        except ValueError as error:
            assert name in str(error)
            refused += 1
        else:
            assert np.isfinite(series.speed).all()
            assert np.isfinite(series.distances).all()
        (folder / name).write_bytes(whole[name])
    assert refused > 150


def mutate(content, rng):
    """Changes, removes, doubles or inserts some bytes."""
    content = bytearray(content)
    for _ in range(rng.integers(1, 4)):
        start = int(rng.integers(len(content) + 1))
        stop = start + int(rng.integers(1, 40))
        extra = bytes(rng.choice(list(b'\n\r,.-eE_"#x\0\xff 0189'), 3).tolist())
        kind = rng.integers(5)
        if kind == 0:
            content[start : start + 3] = extra
        elif kind == 1:
            del content[start:stop]
        elif kind == 2:
            content[start:start] = content[start:stop]
        elif kind == 3:
            content[start:start] = extra
        else:
            del content[start:]
    return bytes(content)
