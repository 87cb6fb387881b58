"""Series: what it keeps, what it refuses, files."""

import dataclasses

import numpy as np
import pandas as pd
import pytest
import scipy.sparse

from keras_stunet.data import Series

STEPS, NODES = 6, 3
START = np.datetime64("2012-05-01T00:00:00")
CLOCK = pd.date_range(START, periods=STEPS, freq="5min")


def arguments(**changes):
    rng = np.random.default_rng(0)
    values = rng.normal(60, 5, (STEPS, NODES)).astype("float32")
    return {
        "values": values,
        "adjacency": rng.random((NODES, NODES)),
        "timestamps": START + np.arange(STEPS) * np.timedelta64(300, "s"),
        "mask": rng.random((STEPS, NODES)) < 0.8,
        "node_ids": np.array(["a", "b", "c"]),
        "coordinates": rng.random((NODES, 2)),
        "distances": np.array([[0, 1, np.inf]] * NODES),
        "name": "made up",
        "utc_offset": -6.5,
    } | changes


def assert_same(first, second):
    for field in dataclasses.fields(Series):
        a, b = getattr(first, field.name), getattr(second, field.name)
        if scipy.sparse.issparse(a):
            assert scipy.sparse.issparse(b)
            a, b = a.toarray(), b.toarray()
        if a is None or isinstance(a, (str, float)):
            assert a == b
        else:
            assert a.dtype == b.dtype
            np.testing.assert_array_equal(a, b)


def test_types_are_normalised():
    series = Series(
        [[1, 2], [3, 4]],
        [[0, 1], [1, 0]],
        timestamps=["2012-05-01T00:00", "2012-05-01T00:05"],
        mask=[[1, 0], [1, 1]],
        node_ids=[400001, 400017],
        coordinates=[[34, -118], [34, -119]],
    )
    assert series.values.dtype == np.float32
    assert series.timestamps.dtype == np.dtype("datetime64[s]")
    assert series.mask.dtype == bool
    assert series.node_ids.tolist() == ["400001", "400017"]
    assert series.coordinates.dtype == np.float64
    assert (series.num_steps, series.num_nodes) == (2, 2)


def test_arrays_of_the_right_type_are_not_copied():
    given = arguments()
    series = Series(**given)
    assert series.values is given["values"]
    assert np.shares_memory(series.mask, given["mask"])


def test_is_frozen():
    with pytest.raises(dataclasses.FrozenInstanceError):
        Series(**arguments()).values = 0


def test_nan_is_accepted_where_the_mask_says_missing():
    given = arguments()
    given["values"][~given["mask"]] = np.nan
    assert np.isnan(Series(**given).values).any()


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_nan_is_refused_where_present(bad):
    given = arguments(mask=None)
    given["values"][4, 1] = bad
    with pytest.raises(ValueError, match="step 4, node 1.*mask=np.isfinite"):
        Series(**given)
    given["mask"] = np.ones((STEPS, NODES), bool)
    with pytest.raises(ValueError, match="1 NaN or infinite"):
        Series(**given)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"values": np.zeros(5)}, r"`values` of 'made up' has shape \(5,\)"),
        ({"values": np.zeros((2, 3, 1, 1))}, "expected .steps, nodes."),
        ({"values": np.zeros((6, 3, 2))}, r"`mask`.*\(6, 3, 2\).*measurem"),
        ({"values": np.zeros((6, 3, 0))}, "none of them 0"),
        ({"values": np.zeros((0, 3))}, "none of them 0"),
        ({"measurements": ["flow", "speed"]}, r"`measurements`.*\(1,\)"),
        ({"measurements": "all"}, "stands for all together"),
        ({"units": ["mph", "km/h"]}, r"`units`.*\(2,\).*\(1,\)"),
        ({"adjacency": np.zeros((4, 4))}, r"`adjacency`.*\(4, 4\).*\(3, 3\)"),
        ({"adjacency": np.zeros((3, 2))}, "`adjacency`"),
        ({"adjacency": np.full((3, 3), np.nan)}, "finite real weights"),
        ({"adjacency": scipy.sparse.csr_array((4, 4))}, "`adjacency`"),
        ({"adjacency": np.full((3, 3), "x")}, "finite real weights"),
        ({"mask": np.ones((3, 6), bool)}, r"`mask`.*\(3, 6\)"),
        ({"mask": np.full((6, 3), 2)}, "True where a reading is present"),
        ({"timestamps": np.arange(6)}, "datetime64"),
        ({"timestamps": np.full(6, START)}, "increase strictly"),
        ({"timestamps": START + np.arange(5)}, "`timestamps`.*shape"),
        ({"timestamps": np.full(6, np.datetime64("NaT"))}, "NaT"),
        ({"node_ids": ["a", "b"]}, "`node_ids`"),
        ({"coordinates": np.zeros((3, 3))}, "`coordinates`"),
        ({"distances": np.zeros((3, 2))}, "`distances`"),
        ({"distances": np.full((3, 3), np.nan)}, "write infinity"),
        ({"values": pd.DataFrame(np.ones((6, 3)))}, "`values`.*from_arrays"),
        ({"adjacency": pd.DataFrame(np.ones((3, 3)))}, "labels would be lost"),
        (
            {"values": np.ma.masked_equal(np.eye(6, 3), 1)},
            "`values` .*is a masked array, whose mask would be lost.*from_arr",
        ),
        (
            {"values": list(np.ma.masked_equal(np.eye(6, 3), 1))},
            "`values` .*is a masked array",
        ),
        (
            {"covariates": {"rain": np.ma.masked_equal(np.arange(6.0), 2)}},
            "`covariates` .*is a masked array",
        ),
        ({"timestamps": CLOCK.tz_localize("Asia/Tokyo")}, "have a UTC offset"),
        ({"timestamps": [f"{time}+09:00" for time in CLOCK]}, "tz_localize"),
        ({"utc_offset": "+09:00"}, "`utc_offset`.*expected hours from -14"),
        ({"utc_offset": np.nan}, "`utc_offset`.*is nan"),
    ],
)
def test_what_does_not_fit_is_refused(changes, message):
    with pytest.raises(ValueError, match=message):
        Series(**arguments(**changes))


@pytest.mark.parametrize("sparse", [False, True])
@pytest.mark.parametrize("full", [False, True])
def test_save_and_load(tmp_path, sparse, full):
    given = arguments()
    given["values"][~given["mask"]] = np.nan
    if sparse:
        given["adjacency"] = scipy.sparse.coo_array(given["adjacency"])
    if not full:
        given = {key: given[key] for key in ("values", "adjacency", "mask")}
    series = Series(**given)
    series.save(tmp_path / "series.npz")
    assert_same(series, Series.load(tmp_path / "series.npz"))
    assert [path.name for path in tmp_path.iterdir()] == ["series.npz"]


def test_an_interrupted_save_leaves_the_old_file(tmp_path, monkeypatch):
    path = tmp_path / "series.npz"
    series = Series(**arguments())
    series.save(path)

    def interrupted(file, **arrays):
        file.write(b"half")
        raise KeyboardInterrupt

    monkeypatch.setattr(np, "savez_compressed", interrupted)
    with pytest.raises(KeyboardInterrupt):
        Series(**arguments(name="new")).save(path)
    assert_same(series, Series.load(path))
    assert list(tmp_path.iterdir()) == [path]


def test_damaged_and_foreign_files_are_named(tmp_path):
    good = tmp_path / "good.npz"
    Series(**arguments()).save(good)
    content = good.read_bytes()
    bad = tmp_path / "bad.npz"
    middle = len(content) // 2
    damaged = content[:200] + bytes(20) + content[220:]
    for bytes_ in (b"", b"text", content[:100], content[:middle], damaged):
        bad.write_bytes(bytes_)
        with pytest.raises(ValueError, match=r"bad\.npz could not be read"):
            Series.load(bad)
    np.savez(bad, values=np.zeros(3))
    with pytest.raises(ValueError, match=r"bad\.npz is an .npz file but not"):
        Series.load(bad)
    with open(bad, "wb") as file:
        np.save(file, np.zeros(3))
    with pytest.raises(ValueError, match=r"bad\.npz"):
        Series.load(bad)
    with pytest.raises(FileNotFoundError):
        Series.load(tmp_path / "absent.npz")


def test_a_flipped_byte_is_noticed(tmp_path):
    path = tmp_path / "series.npz"
    series = Series(**arguments())
    series.save(path)
    content = path.read_bytes()
    for position in range(0, len(content), 3):
        damaged = bytearray(content)
        damaged[position] ^= 0xFF
        path.write_bytes(damaged)
        try:
            loaded = Series.load(path)  # a byte that is not read, as a date
        except ValueError as error:
            assert "series.npz" in str(error)
        else:
            assert_same(series, loaded)


def test_a_lost_entry_is_noticed(tmp_path):
    path = tmp_path / "series.npz"
    Series(**arguments()).save(path)
    with np.load(path) as stored:
        rest = {key: stored[key] for key in stored.files if key != "mask"}
    np.savez(path, **rest)
    with pytest.raises(ValueError, match=r"series\.npz is damaged"):
        Series.load(path)


def test_pickles_are_not_read(tmp_path):
    path = tmp_path / "pickle.npz"
    np.savez(path, values=np.array([{}], dtype=object))
    with pytest.raises(ValueError, match=r"pickle\.npz could not be read"):
        Series.load(path)


def test_it_is_shown_in_five_lines():
    values = np.array([[50.0, 61.5], [np.nan, 60.0]])
    series = Series(
        values,
        [[0, 1], [0, 0]],
        timestamps=START + np.arange(2) * np.timedelta64(300, "s"),
        mask=np.isfinite(values),
        node_ids=["a", "b"],
        name="made up",
    )
    assert repr(series).splitlines() == [
        "Series 'made up': 2 steps of 2 sensors",
        "  times: 2012-05-01 00:00 to 2012-05-01 00:05",
        "  readings: 50 to 61.5, 25.0% missing",
        "  graph: 1 weights, directed",
        "  known: node_ids",
    ]
    ring = scipy.sparse.csr_array([[0.0, 1.0], [1.0, 0.0]])
    lines = repr(Series(np.zeros((9, 2)), ring)).splitlines()
    assert lines[1:] == [
        "  times: none",
        "  readings: 0 to 0, 0.0% missing",
        "  graph: 2 weights, undirected",
        "  known: no more",
    ]


def several(**changes):
    rng = np.random.default_rng(0)
    mask = rng.random((STEPS, NODES, 2)) < 0.8
    values = np.where(mask, rng.normal(60, 5, mask.shape), np.nan)
    new = {"values": values, "mask": mask, "measurements": ["flow", "speed"]}
    return Series(**arguments(**new | {"units": ["veh/h", ""]} | changes))


def test_several_measurements_are_kept_and_saved(tmp_path):
    series = several()
    assert series.values.shape == series.mask.shape == (STEPS, NODES, 2)
    assert (series.num_nodes, series.num_measurements) == (NODES, 2)
    assert series.measurement_names == ["flow", "speed"]
    series.save(tmp_path / "series.npz")
    assert_same(series, Series.load(tmp_path / "series.npz"))
    flow, speed = repr(series).splitlines()[2:4]
    there = series.values[..., 1][series.mask[..., 1]]
    expected = f"  speed: {there.min():g} to {there.max():g}, "
    gaps = 1 - series.mask[..., 1].mean()
    assert speed == f"{expected}{gaps:.1%} missing"
    assert flow.startswith("  flow (veh/h): ")
    assert several(measurements=None).measurement_names == ["0", "1"]


def test_one_measurement_has_one_form(tmp_path):
    given = arguments()
    flat = Series(**given)
    given |= {key: given[key][..., None] for key in ("values", "mask")}
    series = Series(**given)
    assert_same(series, flat)
    assert series.measurement_names == ["reading"]
    named = Series(**given, measurements="speed", units="mph")
    assert named.measurement_names == ["speed"]
    assert repr(named).splitlines()[2].startswith("  speed (mph): ")
    flat.save(tmp_path / "flat.npz")
    with np.load(tmp_path / "flat.npz") as stored:  # as it was before
        assert not {"measurements", "units"} & {*stored.files}


def test_nan_is_named_by_its_measurement():
    series = several()
    values = np.where(series.mask, series.values, 0)
    values[3, 2, 1] = np.nan
    with pytest.raises(ValueError, match="step 3, node 2, measurement 1"):
        several(values=values, mask=None)


def test_two_measurements_of_one_name_are_refused():
    with pytest.raises(ValueError, match="a name of its own"):
        several(measurements=["flow", "flow"])
