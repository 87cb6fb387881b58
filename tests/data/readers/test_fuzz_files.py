"""Damaged files load or are refused by name; nothing else happens."""

import gzip
import io
import warnings

import numpy as np
import pytest

from keras_stunet.data import Series
from keras_stunet.data import read_graph
from keras_stunet.data import read_series
from keras_stunet.data import read_values

CASES = 350  # for each form of file
IDS = ["0012", "b", "c"]
TIMES = [f"2024-03-{day:02} {hour:02}:00" for day in (1, 2) for hour in (8, 9)]
WIDE = "time,0012,b,c\n" + "".join(
    f"{time},{at}.5,,{60 + at}\n" for at, time in enumerate(TIMES)
)
LONG = "time,sensor,speed\n" + "".join(
    f"{time},{name},{at}.25\n" for at, time in enumerate(TIMES) for name in IDS
)
EDGES = "from,to,cost\n0012,b,100\nb,0012,100\nb,c,1200.5\nc,c,0\n"
MATRIX = "distance,0012,b,c\n0012,0,100,inf\nb,100,0,1200.5\nc,inf,1200.5,0\n"
PLACES = "sensor,lat,lng\n0012,34.0,-118\nb,34.1,-118.2\nc,34,-117.9\n"


def npz(**arrays):
    file = io.BytesIO()
    np.savez(file, **arrays)
    return file.getvalue()


def saved_series(tmp_path):
    values = np.arange(12.0).reshape(4, 3)
    times = np.array(TIMES, "datetime64[s]")
    series = Series(values, 1 - np.eye(3), times, node_ids=IDS)
    series.save(tmp_path / "series.npz")
    return (tmp_path / "series.npz").read_bytes()


def forms(tmp_path):
    """Content and reader of each form, by the name of its file."""
    values = {
        "wide.csv": WIDE.encode(),
        "long.csv": LONG.encode(),
        "wide.csv.gz": gzip.compress(WIDE.encode()),
        "values.npz": npz(
            values=np.arange(12.0).reshape(4, 3),
            timestamps=np.array(TIMES, "datetime64[s]"),
            node_ids=np.array(IDS),
        ),
        "saved.npz": saved_series(tmp_path),
    }
    graphs = {
        "edges.csv": EDGES.encode(),
        "matrix.csv": MATRIX.encode(),
        "places.csv": PLACES.encode(),
        "edges.csv.gz": gzip.compress(EDGES.encode()),
        "graph.npz": npz(distances=np.ones((3, 3)), node_ids=np.array(IDS)),
    }
    whole_values = tmp_path / "whole_values.csv"
    whole_graph = tmp_path / "whole_graph.csv"
    whole_values.write_text(WIDE)
    whole_graph.write_text(MATRIX)
    return {
        **{
            name: (content, read_values, lambda p: read_series(p, whole_graph))
            for name, content in values.items()
        },
        **{
            name: (
                content,
                lambda p: read_graph(p, IDS),
                lambda p: read_series(whole_values, p),
            )
            for name, content in graphs.items()
        },
    }


def damaged(content, rng):
    """Content after one to three random damages."""
    content = bytearray(content)
    for _ in range(rng.integers(1, 4)):
        at = int(rng.integers(len(content) + 1))
        kind = rng.integers(8)
        if kind == 0 and at < len(content):
            content[at] ^= 1 << int(rng.integers(8))
        elif kind == 1:
            del content[at : at + int(rng.integers(1, 9))]
        elif kind == 2:
            del content[at:]
        elif kind == 3:
            marks = b",;\"\0\n\r\t'.-+eE0123456789 /:TZ_\xff"
            content[at:at] = bytes([marks[rng.integers(len(marks))]])
        elif kind == 4:
            words = (b"nan", b"inf", b"-1", b"1e400", b"1_0", b"\r\n", b",,")
            content[at:at] = words[rng.integers(len(words))]
        elif kind == 5:
            content[at:at] = content[: int(rng.integers(len(content) + 1))]
        else:
            lines = bytes(content).splitlines(keepends=True) or [b""]
            one, other = rng.integers(len(lines), size=2)
            if kind == 6:
                lines.insert(int(one), lines[other])
            else:
                lines[one], lines[other] = lines[other], lines[one]
            content = bytearray(b"".join(lines))
    return bytes(content)


def outcome(path, read):
    """ "read", or the message; a wrong kind of error is not caught."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            warnings.simplefilter("ignore", UserWarning)
            read(path)
    except (ValueError, OSError) as error:
        assert str(path.parent) in str(error), error
        assert len(str(error)) > len(str(path)) + 20
        return str(error)
    return "read"


@pytest.mark.parametrize(
    "name",
    [
        *("wide.csv", "long.csv", "wide.csv.gz", "values.npz", "saved.npz"),
        *("edges.csv", "matrix.csv", "places.csv", "edges.csv.gz", "graph.npz"),
    ],
)
def test_a_damaged_file_is_read_or_refused_by_name(tmp_path, name):
    fuzz(tmp_path, name, CASES, seed=0)


def fuzz(tmp_path, name, cases, seed):
    """Both outcomes must occur, else the damages are too mild or too harsh."""
    content, read, read_whole = forms(tmp_path)[name]
    path = tmp_path / name
    path.write_bytes(content)
    assert outcome(path, read) == outcome(path, read_whole) == "read"
    rng = np.random.default_rng([seed, len(content)])
    messages = []
    for case in range(cases):
        path.write_bytes(damaged(content, rng))
        try:
            messages.append(outcome(path, read if case % 2 else read_whole))
        except BaseException:
            print(f"{name}, seed {seed}, case {case}: {path.read_bytes()!r}")
            raise
    assert any(message != "read" for message in messages)
    return messages
