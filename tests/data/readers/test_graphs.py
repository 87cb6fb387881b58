"""read_graph: edge lists, matrices and coordinates in files."""

import gzip
import os
import pickle

import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp

from keras_stunet.data import Series
from keras_stunet.data import read_graph

IDS = ["0012", "b", "c"]
# From 0012 to b it is 900, back 950; to c one can go from b only.
DISTANCES = np.array([[0, 900, np.inf], [950, 0, 1200.5], [np.inf, 1200.5, 0]])
WEIGHTS = np.array([[0, 0.5, 0], [0.5, 0, 0.1], [0, 0.1, 0]])
EDGES = "from,to,cost\n0012,b,900\nb,0012,950\nb,c,1200.5\nc,b,1200.5\n"
PLACES = [[34.0, -118.0], [34.1, -118.25], [33.9, -117.5]]


def write(tmp_path, text, name="graph.csv"):
    (tmp_path / name).write_text(text)
    return tmp_path / name


def matrix_text(matrix, ids=IDS, top=True, side=True, corner=""):
    frame = pd.DataFrame(matrix, ids, ids)
    return frame.to_csv(
        header=top, index=side, index_label=corner, na_rep="nan"
    )


def dense(matrix):
    """Stored entries, and infinity elsewhere."""
    matrix = sp.coo_array(matrix)
    full = np.full(matrix.shape, np.inf)
    full[matrix.row, matrix.col] = matrix.data
    np.fill_diagonal(full, 0)
    return full


@pytest.mark.parametrize(
    "heading",
    [
        "from,to,cost",
        "\ufefffrom,to,cost",
        "Source,Target,Distance",
        '"src", dst ,length',
    ],
)
def test_an_edge_list_of_distances(tmp_path, recwarn, heading):
    path = write(tmp_path, EDGES.replace("from,to,cost", heading))
    graph = read_graph(path, IDS)
    assert graph[:2] == ("edge list", "distances")
    assert sp.issparse(graph.content)
    np.testing.assert_array_equal(dense(graph.content), DISTANCES)
    assert not recwarn.list


def test_an_edge_list_of_weights_in_another_order(tmp_path):
    text = EDGES.replace("cost", "weight")
    graph = read_graph(write(tmp_path, text), ["c", "0012", "b"])
    assert graph.kind == "weights"
    expected = [[0, 0, 1200.5], [0, 0, 900], [1200.5, 950, 0]]
    np.testing.assert_array_equal(graph.content.toarray(), expected)


def test_loops_and_equal_repetitions_are_told_and_dropped(tmp_path):
    path = write(tmp_path, EDGES + "c,c,0\nb,b,3\n0012,b,900.0\n")
    with pytest.warns(UserWarning) as caught:
        graph = read_graph(path, IDS)
    np.testing.assert_array_equal(dense(graph.content), DISTANCES)
    messages = [str(warning.message) for warning in caught]
    assert "1 edge from a sensor to itself; dropped" in messages[0]
    assert "1 edge listed again" in messages[1]
    assert len(messages) == 2 and all(str(path) in m for m in messages)


def test_edges_of_other_sensors_are_told_and_left_out(tmp_path):
    path = write(tmp_path, EDGES + "b,x,7\ny,x,?\ny,c,1\n")
    with pytest.warns(UserWarning) as caught:
        graph = read_graph(path, IDS)
    np.testing.assert_array_equal(dense(graph.content), DISTANCES)
    (message,) = (str(warning.message) for warning in caught)
    assert "edges of 2 sensors without readings left out: x, y." in message


def test_one_way_edges_stay_so_and_are_counted(tmp_path):
    path = write(tmp_path, EDGES.rsplit("c,b", 1)[0])
    with pytest.warns(UserWarning, match="1 of 3 edges have none in the other"):
        graph = read_graph(path, IDS)
    assert graph.content[1, 2] == 1200.5 and graph.content[2, 1] == 0


def test_a_weight_of_zero_and_an_infinite_distance_are_no_edge(tmp_path):
    text = EDGES.replace("b,0012,950", "b,0012,inf")
    with pytest.warns(UserWarning, match="1 edge with the distance inf; taken"):
        graph = read_graph(write(tmp_path, text), IDS)
    assert graph.content.nnz == 3
    text = text.replace("cost", "weight").replace("inf", "0")
    with pytest.warns(UserWarning, match="1 edge with the weight 0; taken as"):
        listed = read_graph(write(tmp_path, text), IDS)
    # As a matrix of the same numbers.
    matrix = graph.content.toarray()
    path = write(tmp_path, matrix_text(matrix), "matrix.csv")
    with pytest.warns(UserWarning, match="1 of 3 edges have none"):
        given = read_graph(path, IDS, "weights").content
    np.testing.assert_array_equal(listed.content.toarray(), given)


def test_listed_distances_of_sensors_to_themselves_are_kept(tmp_path, recwarn):
    path = write(tmp_path, EDGES + "b,b,0\nc,c,0\n")
    content = read_graph(path, IDS).content
    stored = sp.coo_array(content)
    own = stored.row[stored.row == stored.col]
    assert own.tolist() == [1, 2] and content.nnz == 6
    assert not recwarn.list


@pytest.mark.filterwarnings("ignore:.*(passed over|other direction)")
@pytest.mark.parametrize(
    ("headings", "row", "kind"),
    [
        (
            "u,v,key,osmid,length,geometry",
            '0012,b,0,7,9,"LINESTRING (1 2, 3 4)"',
            None,
        ),
        (",source,target,weight", "0,0012,b,9", None),
        (
            "rel_id,type,origin_id,destination_id,link_weight",
            "0,geo,0012,b,9",
            None,
        ),
        ("from,to,distance,weight", "0012,b,9,3", "distances"),
        ("from,to,distance,weight", "0012,b,3,9", "weights"),
        ("from,to,km", "0012,b,9", "distances"),
        ("start,from,to,cost", "x,0012,b,9", None),
    ],
)
def test_edge_tables_of_other_tools_are_read(tmp_path, headings, row, kind):
    graph = read_graph(write(tmp_path, f"{headings}\n{row}\n"), IDS, kind)
    assert graph.form == "edge list"
    assert graph.content.nnz == 1 and graph.content[0, 1] == 9


def test_columns_that_are_passed_over_are_told(tmp_path):
    path = write(tmp_path, "u,v,key,osmid,length\n0012,b,0,7,9\nb,0012,0,7,9\n")
    with pytest.warns(UserWarning, match="'length' is taken; .*: key, osmid."):
        read_graph(path, IDS)
    # The row numbers of pandas have no heading.
    path = write(tmp_path, ",from,to,cost\n0,0012,b,9\n1,b,0012,9\n")
    with pytest.warns(UserWarning, match="passed over: column 1"):
        read_graph(path, IDS)


def test_cells_between_spaces_are_read(tmp_path):
    """As networkx and `numpy.savetxt` write them."""
    path = write(tmp_path, "from to weight\n0012 b 9\nb 0012 9\n")
    assert read_graph(path, IDS).content[0, 1] == 9
    np.savetxt(path, WEIGHTS)
    graph = read_graph(path, IDS, "weights")
    np.testing.assert_array_equal(graph.content, WEIGHTS)
    with pytest.raises(ValueError, match="write from,to,distance"):
        read_graph(write(tmp_path, "0012 b 9\nb c 9\n0012 c 1\nc b 9\n"), IDS)


def test_edges_without_numbers_have_weight_one(tmp_path):
    path = write(tmp_path, "from,to\n0012,b\nb,0012\n")
    with pytest.warns(UserWarning, match="ends of edges alone; .* weight 1"):
        graph = read_graph(path, IDS)
    assert graph.kind == "weights"
    np.testing.assert_array_equal(graph.content.toarray(), (WEIGHTS == 0.5))


def test_a_distance_of_zero_is_an_edge(tmp_path):
    path = write(tmp_path, "from,to,cost\n0012,b,0\nb,0012,0\n")
    assert read_graph(path, IDS).content.nnz == 2


@pytest.mark.parametrize(
    ("top", "side", "corner"),
    [
        (True, True, ""),
        (True, True, "distance"),
        (True, True, "sensor"),
        (True, False, ""),
        (False, True, ""),
        (False, False, ""),
    ],
)
@pytest.mark.parametrize("pack", [str.encode, None], ids=["plain", "gzip"])
def test_a_matrix_with_and_without_ids(tmp_path, pack, top, side, corner):
    pack = pack or (lambda text: gzip.compress(text.encode()))
    text = matrix_text(DISTANCES, IDS, top, side, corner)
    (tmp_path / "graph.csv").write_bytes(pack(text))
    kind = None if corner == "distance" else "distances"
    graph = read_graph(tmp_path / "graph.csv", IDS, kind)
    assert graph[:2] == ("matrix", "distances")
    assert graph.named == (top or side)
    np.testing.assert_array_equal(graph.content, DISTANCES)


@pytest.mark.parametrize(("top", "side"), [(1, 1), (1, 0), (0, 1)])
def test_ids_are_matched_by_name_and_others_left_out(tmp_path, top, side):
    path = write(tmp_path, matrix_text(DISTANCES, IDS, bool(top), bool(side)))
    with pytest.warns(UserWarning, match="1 sensor without readings.*: 0012"):
        graph = read_graph(path, ["c", "b"], "distances")
    np.testing.assert_array_equal(graph.content, [[0, 1200.5], [1200.5, 0]])


def test_lines_and_columns_may_have_their_own_order(tmp_path):
    frame = pd.DataFrame(DISTANCES, IDS, IDS)
    frame.loc[["c", "0012", "b"], ["b", "c", "0012"]].to_csv(tmp_path / "g.csv")
    graph = read_graph(tmp_path / "g.csv", IDS, "distances")
    np.testing.assert_array_equal(graph.content, DISTANCES)


def test_a_matrix_of_numbered_sensors_is_no_heading(tmp_path):
    numbered = [[0, 1, 2], [1, 0, 1], [2, 1, 0]]
    text = "\n".join(",".join(map(str, row)) for row in numbered)
    graph = read_graph(write(tmp_path, text), ["0", "1", "2"], "weights")
    np.testing.assert_array_equal(graph.content, numbered)


def test_weights_are_exact_to_the_last_bit(tmp_path):
    weights = np.random.default_rng(0).random((3, 3))
    weights += weights.T
    np.fill_diagonal(weights, 0)
    path = write(tmp_path, matrix_text(weights))
    got = read_graph(path, IDS, "weights").content
    np.testing.assert_array_equal(got, weights)


def test_a_distance_to_itself_that_is_not_listed_stays_so(tmp_path):
    matrix = np.array(DISTANCES)
    matrix[1, 1] = np.inf
    graph = read_graph(write(tmp_path, matrix_text(matrix)), IDS, "distances")
    np.testing.assert_array_equal(graph.content, matrix)


def test_names_of_a_pickle_are_in_the_order_of_their_places(tmp_path):
    path = tmp_path / "adj_mx.pkl"
    places = {name: at for at, name in enumerate(IDS)}
    path.write_bytes(pickle.dumps([IDS[::-1], places, WEIGHTS]))
    np.testing.assert_array_equal(read_graph(path, IDS).content, WEIGHTS)


def test_loops_of_a_matrix_are_told_and_dropped(tmp_path):
    path = write(tmp_path, matrix_text(WEIGHTS + np.eye(3)))
    with pytest.warns(UserWarning, match="3 entries of a sensor to itself"):
        graph = read_graph(path, IDS, "weights")
    np.testing.assert_array_equal(graph.content, WEIGHTS)


@pytest.mark.parametrize(
    "headings",
    ["sensor,latitude,longitude", ",ID,Fwy,Lat,Lng", "lon,lat,station_id"],
)
def test_coordinates_by_their_headings(tmp_path, headings):
    cells = {"lat": 0, "latitude": 0, "lon": 1, "lng": 1, "longitude": 1}
    lines = [headings]
    for name, place in reversed(list(zip(IDS, PLACES, strict=True))):
        row = {key: str(place[at]) for key, at in cells.items()}
        row |= dict.fromkeys(["sensor", "id", "station_id"], name)
        words = headings.lower().split(",")
        lines.append(",".join(row.get(word, "5") for word in words))
    graph = read_graph(write(tmp_path, "\n".join(lines)), IDS)
    assert graph[:2] == ("coordinates", "coordinates")
    np.testing.assert_array_equal(graph.content, PLACES)


def test_a_place_far_from_all_others_is_asked_about(tmp_path):
    ids = [f"s{at}" for at in range(9)]
    lines = [f"{name},52.{at},13.{at}" for at, name in enumerate(ids)]
    path = write(tmp_path, "id,lat,lon\n" + "\n".join(lines))
    assert read_graph(path, ids).kind == "coordinates"
    lines[4] = "s4,0,0"
    path.write_text("id,lat,lon\n" + "\n".join(lines))
    with pytest.warns(UserWarning, match="1 sensor far .*: s4, .* at 0, 0"):
        read_graph(path, ids)
    path.write_text("id,lat,lon\n" + "\n".join(lines).replace("s4,0", "s4,52"))
    with pytest.warns(UserWarning, match="1 sensor far .*: s4, .* at 52, 0"):
        read_graph(path, ids)


def test_names_are_matched_however_their_accents_are_written(tmp_path):
    path = write(tmp_path, "from,to,cost\nZ\u00fcrich,b,9\nb,Zu\u0308rich,9\n")
    graph = read_graph(path, ["Z\u00fcrich", "b"])
    assert graph.content.toarray().tolist() == [[0, 9], [9, 0]]


def test_points_of_geopandas_are_places(tmp_path):
    text = "osmid,y,x,geometry\n"
    for name, (latitude, longitude) in zip(IDS, PLACES, strict=True):
        point = f"POINT ({longitude} {latitude})"
        text += f"{name},{latitude},{longitude},{point}\n"
    graph = read_graph(write(tmp_path, text), IDS)
    np.testing.assert_array_equal(graph.content, PLACES)
    # Of three dimensions, and beside a column of longitudes alone.
    lines = [f"{line},1" for line in text.splitlines()]
    lines[0] = "osmid,lon,y,geometry,z"
    path = write(tmp_path, "\n".join(lines).replace("POINT (", "POINT Z ("))
    path.write_text(path.read_text().replace("),1", " 7),1"))
    np.testing.assert_array_equal(read_graph(path, IDS).content, PLACES)
    path = write(tmp_path, text.replace("POINT (-118.0", "LINE (-118.0"))
    with pytest.raises(ValueError, match="line 2: the geometry is 'LINE"):
        read_graph(path, IDS)


def test_a_matrix_that_pandas_numbered_has_the_order_of_the_sensors(tmp_path):
    path = write(tmp_path, matrix_text(DISTANCES, [0, 1, 2]))
    with pytest.warns(UserWarning, match="numbers its sensors from 0, as pand"):
        graph = read_graph(path, IDS, "distances")
    assert not graph.named
    np.testing.assert_array_equal(graph.content, DISTANCES)
    # Sensors that are called so have their names.
    turned = [2, 0, 1]
    graph = read_graph(path, map(str, turned), "distances")
    assert graph.named
    expected = DISTANCES[np.ix_(turned, turned)]
    np.testing.assert_array_equal(graph.content, expected)


@pytest.mark.parametrize("form", [sp.csr_array, sp.csc_array, sp.coo_array])
def test_a_matrix_of_scipy_is_read(tmp_path, form):
    path = tmp_path / "graph.npz"
    sp.save_npz(path, form(WEIGHTS + np.diag([1.0, 0, 0])))
    graph = read_graph(path, IDS, "weights")
    assert not graph.named and sp.issparse(graph.content)
    np.testing.assert_array_equal(graph.content.toarray(), WEIGHTS)
    with pytest.raises(ValueError, match="does not say whether"):
        read_graph(path, IDS)
    sp.save_npz(path, form(-WEIGHTS))
    with pytest.raises(ValueError, match=r"graph\.npz: the weight in row 0"):
        read_graph(path, IDS, "weights")
    # A distance of 0 to itself is listed where it is stored.
    ends = [0, 1, 0], [1, 0, 0]
    sp.save_npz(path, form(sp.coo_array(([9.0, 9, 0], ends), (3, 3))))
    graph = read_graph(path, IDS, "distances")
    stored = graph.content.tocoo()
    assert sorted(zip(*stored.coords, strict=True)) == [(0, 0), (0, 1), (1, 0)]
    sp.save_npz(path, sp.dia_array(WEIGHTS))
    with pytest.raises(ValueError, match="it has the form 'dia'"):
        read_graph(path, IDS, "weights")


@pytest.mark.parametrize("protocol", [0, 2, 4, 5])
def test_a_pickle_of_dcrnn_is_read(tmp_path, protocol):
    order = [2, 0, 1]
    names = [IDS[at] for at in order]
    matrix = (WEIGHTS + np.eye(3))[np.ix_(order, order)].astype("float32")
    places = {name: at for at, name in enumerate(names)}
    path = tmp_path / "adj_mx.pkl"
    path.write_bytes(pickle.dumps([names, places, matrix], protocol))
    with pytest.warns(UserWarning, match="3 entries of a sensor to itself"):
        graph = read_graph(path, IDS)
    assert graph[:2] == ("matrix", "weights") and graph.named
    np.testing.assert_array_equal(graph.content, WEIGHTS.astype("float32"))
    path.write_bytes(pickle.dumps(WEIGHTS, protocol))
    np.testing.assert_array_equal(
        read_graph(path, IDS, "weights").content, WEIGHTS
    )


@pytest.mark.parametrize(
    "held",
    [
        *("text", [IDS, {}, WEIGHTS], [IDS, dict.fromkeys(IDS, 0), WEIGHTS]),
        *([IDS[:2], {"0012": 0, "b": 1}, WEIGHTS], np.array(["a"]), 5, None),
    ],
)
def test_other_pickles_are_refused(tmp_path, held):
    path = tmp_path / "a.pkl"
    path.write_bytes(pickle.dumps(held))
    with pytest.raises(ValueError, match=r"a\.pkl (holds someth|could not)"):
        read_graph(path, IDS)


def test_a_pickle_runs_nothing(tmp_path, monkeypatch):
    class Call:
        def __reduce__(self):
            return os.mkdir, ("canary",)

    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.pkl").write_bytes(pickle.dumps(Call()))
    with pytest.raises(ValueError, match="mkdir is refused.*nothing in it was"):
        read_graph(tmp_path / "a.pkl", IDS)
    assert [path.name for path in tmp_path.iterdir()] == ["a.pkl"]


def test_a_name_that_is_used_is_not_offered(tmp_path):
    ids = ["b1", "b2", "x"]
    path = write(tmp_path, matrix_text(WEIGHTS, ids))
    with pytest.raises(ValueError) as error:
        read_graph(path, ["b1", "b2", "b3"], "weights")
    assert "b3" in str(error.value) and "Did you mean" not in str(error.value)


@pytest.mark.parametrize("form", ["edges", "matrix", "places"])
def test_parquet_holds_any_of_them(tmp_path, form):
    path = tmp_path / "graph.parquet"
    expected, kind = DISTANCES, None
    if form == "edges":
        ends = np.argwhere(np.isfinite(DISTANCES) & (DISTANCES > 0))
        table = pd.DataFrame(np.array(IDS)[ends], columns=["from", "to"])
        table.assign(distance=DISTANCES[tuple(ends.T)]).to_parquet(path)
    elif form == "matrix":
        pd.DataFrame(DISTANCES, IDS, IDS).to_parquet(path)
        kind = "distances"
    else:
        expected = PLACES
        table = pd.DataFrame(PLACES, columns=["lat", "lon"])
        table.assign(sensor=IDS).to_parquet(path)
    graph = read_graph(path, IDS, kind)
    content = graph.content
    content = dense(content) if sp.issparse(content) else content
    np.testing.assert_array_equal(content, expected)


def test_arrays_by_their_key(tmp_path):
    path = tmp_path / "graph.npz"
    order = ["c", "b", "0012"]
    np.savez(path, distances=DISTANCES[::-1, ::-1], node_ids=order)
    np.testing.assert_array_equal(read_graph(path, IDS).content, DISTANCES)
    np.savez(path, adjacency=WEIGHTS)
    graph = read_graph(path, IDS)
    assert graph.kind == "weights"
    np.testing.assert_array_equal(graph.content, WEIGHTS)
    np.savez(path, coordinates=PLACES)
    np.testing.assert_array_equal(read_graph(path, IDS).content, PLACES)


def test_a_bare_array_and_a_saved_series(tmp_path):
    np.save(tmp_path / "a.npy", DISTANCES)
    graph = read_graph(tmp_path / "a.npy", IDS, "distances")
    np.testing.assert_array_equal(graph.content, DISTANCES)
    np.save(tmp_path / "b.npy", WEIGHTS > 0)  # can be weights only
    got = read_graph(tmp_path / "b.npy", IDS).content
    np.testing.assert_array_equal(got, WEIGHTS > 0)
    series = Series(np.ones((2, 3)), WEIGHTS, node_ids=IDS)
    series.save(tmp_path / "s.npz")
    got = read_graph(tmp_path / "s.npz", ["c", "b", "0012"]).content
    np.testing.assert_array_equal(got, WEIGHTS[::-1, ::-1])


@pytest.mark.parametrize("form", [np.array, sp.csr_array, sp.coo_array])
def test_a_saved_series_without_names_has_the_order_of_the_sensors(
    tmp_path, form
):
    Series(np.ones((2, 3)), form(WEIGHTS)).save(tmp_path / "s.npz")
    graph = read_graph(tmp_path / "s.npz", IDS)
    assert not graph.named
    np.testing.assert_array_equal(
        sp.csr_array(graph.content).toarray(), WEIGHTS
    )
    with pytest.raises(ValueError, match=r"shape \(3, 3\).*\(2, 2\) for 2"):
        read_graph(tmp_path / "s.npz", IDS[:2])


def test_a_sparse_graph_of_a_saved_series_stays_sparse(tmp_path):
    loops = WEIGHTS + np.diag([1.0, 0, 0])
    series = Series(np.ones((2, 3)), sp.csr_array(loops), node_ids=IDS)
    series.save(tmp_path / "s.npz")
    graph = read_graph(tmp_path / "s.npz", ["c", "b", "0012"], "weights")
    assert graph[:2] == ("edge list", "weights")
    assert sp.issparse(graph.content)
    assert graph.content.nnz == np.count_nonzero(WEIGHTS)
    expected = WEIGHTS[::-1, ::-1]
    np.testing.assert_array_equal(graph.content.toarray(), expected)
    with pytest.raises(ValueError, match="holds weights"):
        read_graph(tmp_path / "s.npz", IDS, "distances")
    with pytest.raises(ValueError, match="no row for 1 of 4 sensors: d"):
        read_graph(tmp_path / "s.npz", [*IDS, "d"])


BARE = matrix_text(DISTANCES, top=False, side=False)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "from,to,cost\nO012,b,9\n",
            "no edge between two sensors with.*none: O012. Did.*mean '0012'",
        ),
        (EDGES.replace("900", "-9"), "line 2: the distance is -9; .*0 or more"),
        (EDGES.replace("900", "nan"), "line 2: 'nan' is no number"),
        (EDGES.replace("900", ""), "line 2: '' is no number"),
        (
            EDGES.replace("cost", "weight").replace("900", "inf"),
            "line 2: the weight is inf; expected a finite one, 0 or more",
        ),
        ("from,to,cost\n0012,b,inf\n", "no edge between two sensors"),
        ("from,to,weight\n0012,b,0\n", "no edge between two sensors"),
        (EDGES + "0012,b,901\n", "line 6: .*901, and 900 in line 2"),
        (EDGES.replace("cost", "km"), "does not say.*--graph-kind distances"),
        (EDGES.replace("from,to,cost", "a,b,c"), "three columns.*from,to,dist"),
        (EDGES.split("\n", 1)[1], "three columns.*from,to,distance"),
        ("from,to,cost\n", "no edge between two sensors"),
        ("from,to,cost,weight\n0012,b,1,5\n", "edge list of 4 columns"),
        ("from,to,road,name\n0012,b,1,5\n", "'road', 'name'; expected one of"),
        ("0012,34.1,-118\nb,34.2,-118\nc,34,-118\n0012,3.1,1\n", "look like c"),
        (matrix_text(DISTANCES), "does not say.*--graph-kind distances"),
        (BARE, "does not say"),
        ("1,2\n3,4\n5,6\n7,8\n", "4 lines of 2 cells; expected a square"),
        (matrix_text(DISTANCES, ["0012", "b", "d"]), "no row for 1 of 3.*: c"),
        (matrix_text(DISTANCES, ["12", "b", "c"]), "1 of 3 .* 0012.*mean '12'"),
        (matrix_text(DISTANCES, ["b", "b", "c"]), "both called 'b'"),
        (matrix_text(DISTANCES).replace("900.0", "x"), "line 2, column 3: 'x'"),
        (matrix_text(DISTANCES).replace("900.0", ""), "line 2, column 3: ''"),
        (
            matrix_text(DISTANCES).replace("\nc,", "\nd,"),
            "name different sensors: c, d",
        ),
        ("lat,lon\n1,2\n", "0 columns of sensors"),
        ("id,node,lat,lon\na,a,1,2\n", "2 columns of sensors"),
        ("id,lat,lon\n0012,1,2\nb,91,2\n", "line 3: sensor 'b' is at '91'"),
        ("id,lat,lon\n0012,1,2\nb,,2\n", "line 3: sensor 'b' is at ''"),
        ("id;lat;lon\n0012;1;2,5\n", "line 2: .*'2,5'.*decimal mark, say so"),
        ("from;to;cost\n0012;b;0,5\n", "line 2: '0,5' is no.*--decimal ,"),
        (
            matrix_text(DISTANCES).replace(",", ";").replace("900.0", "0,5"),
            "line 2, column 3: '0,5' is no number.*--decimal ,",
        ),
        ("id,x,y\n0012,391000,5820000\n", "three.*sensor,latitude,longitude"),
        ("id,lat,lon\n0012,1,2\n0012,1,3\n", "line 3.*elsewhere.*in line 2"),
        ("id,lat,lon\n0012,1,2\nb,1,3\n", "no row for 1 of 3 sensors: c"),
        ("", "is empty"),
    ],
)
def test_a_bad_graph_is_refused_with_file_and_line(tmp_path, text, message):
    path = write(tmp_path, text)
    with pytest.raises(ValueError, match=rf"graph\.csv.*{message}"):
        read_graph(path, IDS)


@pytest.mark.parametrize(
    ("matrix", "kind", "message"),
    [
        (-DISTANCES[:2, :2], "distances", "from '0012' to 'b' is -900"),
        (DISTANCES, "weights", "from '0012' to 'c' is inf.*like distances"),
        (np.zeros((3, 3)), "distances", "6 of 6 distances .* are 0"),
        (DISTANCES, "lengths", "`kind` is 'lengths'"),
    ],
)
def test_entries_that_make_no_sense_are_refused(
    tmp_path, matrix, kind, message
):
    ids = IDS[: len(matrix)]
    path = write(tmp_path, matrix_text(matrix, ids))
    with pytest.raises(ValueError, match=message):
        read_graph(path, ids, kind)


def test_a_kind_that_the_file_denies_is_refused(tmp_path):
    path = write(tmp_path, EDGES)
    with pytest.raises(ValueError, match="holds distances, as its heading"):
        read_graph(path, IDS, "weights")
    path = write(tmp_path, "id,lat,lon\n0012,1,2\nb,1,3\nc,2,3\n")
    with pytest.raises(ValueError, match="holds coordinates"):
        read_graph(path, IDS, "weights")


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({"distances": np.ones((2, 2))}, r"shape \(2, 2\).*\(3, 3\) for 3"),
        ({"x": np.ones(3)}, "has x; expected just one of adjacency"),
        ({"weights": WEIGHTS, "distances": WEIGHTS}, "expected just one"),
        ({"weights": WEIGHTS.astype(str)}, "dtype <U"),
        ({"weights": WEIGHTS, "node_ids": ["0012", "b"]}, r"expected .*\(2, 2"),
    ],
)
def test_bad_arrays_are_refused(tmp_path, arrays, message):
    np.savez(tmp_path / "g.npz", **arrays)
    with pytest.raises(ValueError, match=rf"g\.npz.*{message}"):
        read_graph(tmp_path / "g.npz", IDS)


def test_what_is_no_file_is_refused(tmp_path):
    with pytest.raises(FileNotFoundError, match="no file"):
        read_graph(tmp_path / "none.csv", IDS)
    path = write(tmp_path, EDGES, "graph.xml")
    with pytest.raises(ValueError, match=r"graph\.xml is no \.csv"):
        read_graph(path, IDS)
