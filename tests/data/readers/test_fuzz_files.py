"""Damaged files load or are refused by name; nothing else happens."""

import gzip
import io
import pickle
import warnings
import zipfile

import numpy as np
import pytest
import scipy.sparse as sp

from keras_stunet.data import Series
from keras_stunet.data import read_graph
from keras_stunet.data import read_series
from keras_stunet.data import read_values
from keras_stunet.data import with_covariates

FEW, MANY = 60, 1_750  # damages of each form of file
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
MEASURED = WIDE.replace("0012,b,c", "flow,speed,rain").replace(",,", ",7,")
UNTIMED = "0012,b,c\n" + "".join(f"{at}.5,{60 + at},7\n" for at in range(4))
SPLIT = "date;time;0012;b;c\n" + "".join(
    f"16/03/2024;{8 + at:02}:00;{at},5;{60 + at};7\n" for at in range(4)
)
UNIX = ",t,0012,b,c\n" + "".join(
    f"{at},{1709280000 + 300 * at},{at}.5,{60 + at},7\n" for at in range(4)
)
BARE = "".join(f"2024030108{5 * at:02},{at}.5,61,7\n" for at in range(4))
OSMNX = "u,v,key,osmid,length\n0012,b,0,7,100\nb,0012,0,7,90\nb,c,0,8,1200.5\n"
POINTS = "id,geometry\n" + "".join(
    f"{name},POINT (-11{at} 34.{at})\n" for at, name in enumerate(IDS)
)
SEVERAL = "sensor,time,flow (veh/h),speed,to\n" + "".join(
    f"{name},{time},{at}.25,6{at},N\n"
    for at, time in enumerate(TIMES)
    for name in IDS
)
STATION = "No,year,month,day,hour,PM2.5,wd,station\n" + "".join(
    f"{at},2024,3,1,{7 + at},{at}.5,NW,a\n" for at in range(1, 5)
)
KNOWN = "time,rain,day\n" + "".join(
    f"{time},{at}.5,{'feast' if at else ''}\n" for at, time in enumerate(TIMES)
)
WIND = "time,sensor,wind\n" + "".join(
    f"{time},{name},{at}.25\n" for at, time in enumerate(TIMES) for name in IDS
)
STATIC = "sensor,lanes,kind\n0012,2,x\nb,3,y\nc,2,x\n"
PICKLE = pickle.dumps([IDS, {"0012": 0, "b": 1, "c": 2}, np.ones((3, 3))], 2)
PLACES = "sensor,lat,lng\n0012,34.0,-118\nb,34.1,-118.2\nc,34,-117.9\n"


def npz(**arrays):
    file = io.BytesIO()
    np.savez(file, **arrays)
    return file.getvalue()


def npy(array):
    file = io.BytesIO()
    np.save(file, array)
    return file.getvalue()


def scipy_npz(matrix):
    file = io.BytesIO()
    sp.save_npz(file, sp.coo_array(matrix))
    return file.getvalue()


def zipped(name, content):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr(name, content)
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
        "osmnx.csv": OSMNX.encode(),
        "points.csv": POINTS.encode(),
        "adj_mx.pkl": PICKLE,
        "scipy.npz": scipy_npz(np.ones((3, 3))),
    }
    said = {"start": "2024-03-01 08:00", "interval": "5min"}
    forms = {
        "untimed.csv": (UNTIMED.encode(), said),
        "array.npy": (npy(np.arange(12.0).reshape(4, 3, 1)), said),
        "data.npz": (npz(data=np.arange(12).reshape(4, 3)), said),
        "split.csv": (SPLIT.encode(), {"decimal": ",", "missing": (60, -1)}),
        "unix.csv": (UNIX.encode(), {}),
        "bare.csv": (BARE.encode(), {}),
        "wide.zip": (zipped("wide.csv", WIDE), {}),
        "several.csv": (SEVERAL.encode(), {}),
        "station.csv": (STATION.encode(), {"measurements": "PM2.5"}),
        "several.npz": (
            npz(data=np.arange(24.0).reshape(4, 3, 2)),
            {**said, "measurements": ["flow", "speed"]},
        ),
    }
    beside = tmp_path / "beside.csv"
    beside.write_text(WIDE)
    stations = tmp_path / "stations"
    stations.mkdir(exist_ok=True)
    (stations / "b.csv").write_text(MEASURED.replace(".5", ".75"))
    whole_values = tmp_path / "whole_values.csv"
    whole_graph = tmp_path / "whole_graph.csv"
    whole_values.write_text(WIDE)
    whole_graph.write_text(MATRIX)

    def with_form(form):
        return (
            lambda p: read_values(p, **form),
            lambda p: read_series(p, **form),
        )

    def with_kind(kind):
        return (
            lambda p: read_graph(p, IDS, kind),
            lambda p: read_series(whole_values, p, kind),
        )

    def of_each(path):
        return {"flow": path, "speed": beside}

    series = Series.load(tmp_path / "series.npz")

    def with_columns(**files):
        def read(path):
            form = {k: [path] if k == "covariates" else path for k in files}
            return with_covariates(series, **form)

        return read, read

    return {
        "speed.csv": (
            WIDE.encode(),
            lambda p: read_values(of_each(p)),
            lambda p: read_series(of_each(p)),
        ),
        "stations/a.csv": (
            MEASURED.encode(),
            lambda p: read_values(p.parent),
            lambda p: read_series(p.parent),
        ),
        "known.csv": (KNOWN.encode(), *with_columns(covariates=True)),
        "wind.csv": (WIND.encode(), *with_columns(covariates=True)),
        "static.csv": (STATIC.encode(), *with_columns(static=True)),
        **{
            name: (content, *with_form(form))
            for name, (content, form) in forms.items()
        },
        **{
            name: (content, read_values, lambda p: read_series(p, whole_graph))
            for name, content in values.items()
        },
        **{
            name: (content, *with_kind(KINDS.get(name)))
            for name, content in graphs.items()
        },
    }


PLAIN = ("wide.csv", "long.csv", "wide.csv.gz", "values.npz", "saved.npz")
PLAIN += ("edges.csv", "matrix.csv", "places.csv", "edges.csv.gz", "graph.npz")
# Those that leave something out, or are of other tools.
NEW = (
    *("untimed.csv", "array.npy", "data.npz", "split.csv", "unix.csv"),
    *("bare.csv", "wide.zip"),
    *("several.csv", "station.csv", "several.npz"),
    *("speed.csv", "stations/a.csv"),
    *("osmnx.csv", "points.csv", "adj_mx.pkl", "scipy.npz"),
    *("known.csv", "wind.csv", "static.csv"),
)
KINDS = {"scipy.npz": "weights"}


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


@pytest.mark.parametrize("name", PLAIN + NEW)
def test_a_damaged_file_is_read_or_refused_by_name(tmp_path, name):
    fuzz(tmp_path, name, FEW, seed=0)


@pytest.mark.long
@pytest.mark.parametrize("name", PLAIN + NEW)
def test_however_it_is_damaged(tmp_path, name):
    fuzz(tmp_path, name, MANY, seed=1)


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
