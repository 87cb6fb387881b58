"""The graph of METR-LA: weights from distances by road, as in DCRNN."""

import hashlib

import numpy as np
import pandas as pd

from keras_stunet.data.readers.csv_files import read_csv
from keras_stunet.data.readers.graphs.pickles import load_arrays
from keras_stunet.data.readers.opening import open_unpacked
from keras_stunet.datasets.metr_la.published import FILES
from keras_stunet.datasets.table import check_closed
from keras_stunet.graph.adjacency import gaussian_adjacency


def read_graph(files, ids):
    """Reads the directed graph of the sensors `ids`.

    Args:
        files: Dict with a path at "adjacency", which goes before, or at
            "distances".
        ids: Ids of all N sensors, in order.

    Returns:
        float32 `(N, N)`; see `road_adjacency`.

    Raises:
        ValueError: If the file is no such graph, or one of other sensors.
    """
    if "adjacency" not in files:
        return road_adjacency(read_distances(files["distances"], ids))
    path = files["adjacency"]
    found, weights = read_adjacency_pickle(path)
    if set(found) != set(ids):
        raise ValueError(
            f"{path}: a graph of {len(found)} sensors that are not the "
            f"expected {len(ids)}. Get the file again."
        )
    place = {name: i for i, name in enumerate(found)}
    order = [place[name] for name in ids]
    return weights[np.ix_(order, order)]


def read_adjacency_pickle(path):
    """Reads the published `adj_mx.pkl`, and no other pickle.

    A pickle is a program that may run anything. The content is therefore
    compared with the published SHA-256 before it is unpickled, and then only
    the names of a NumPy array are found.

    Args:
        path: Path with an `open` method; plain or gzipped.

    Returns:
        The ids, str `(207,)`, and the weights, float32 `(207, 207)`.

    Raises:
        ValueError: If the content is not the published one.
    """
    file = FILES["adjacency"]
    with open_unpacked(path) as stream:
        content = stream.read(file.size + 1)
    if hashlib.sha256(content).hexdigest() != file.sha256:
        raise ValueError(
            f"{path}: not the published graph. A pickle can run anything, so "
            "any other is refused and nothing in it was run. Get the file "
            f"again from {file.url}, or put distances_la_2012.csv and "
            "graph_sensor_ids.txt in its place."
        )
    ids, _, weights = load_arrays(content)
    return np.array(ids), weights


def read_distances(path, ids):
    """Reads the distances by road among the sensors `ids`.

    The file has rows `from,to,cost`; those of other sensors are passed over,
    and of repeated rows the last one counts.

    Args:
        path: Path with an `open` method; plain or gzipped text.
        ids: Ids of N sensors.

    Returns:
        float32 `(N, N)`, infinity where no distance is listed.

    Raises:
        ValueError: If a line is anything else, or no distance between two of
            the sensors is listed.
    """
    table = read_csv(path, width=3)
    if table.head[0].strip() == "from":
        table = table.body
    costs, _ = table.numbers([2])
    bad = ~((costs >= 0) & (costs < np.inf))  # NaN is bad
    if bad.any():
        row = int(bad.argmax())
        raise ValueError(
            f"{table.place(row)}: expected two ids and a distance, 0 or more, "
            f"found {table.columns[2][row].as_py()[:40]!r}. Correct the line "
            "or get the file again."
        )
    check_closed(table)
    # -1 where it is another sensor.
    index = pd.Index(ids)
    start, end = (
        index.get_indexer([cell.strip() for cell in column.to_pylist()])
        for column in table.columns[:2]
    )
    ours = (start >= 0) & (end >= 0)
    distances = np.full((len(ids),) * 2, np.inf, np.float32)
    distances[start[ours], end[ours]] = costs[ours, 0]
    between = np.isfinite(distances) & ~np.eye(len(ids), dtype=bool)
    if not between.any():
        raise ValueError(
            f"{path}: no distance between two of the {len(ids)} sensors. "
            "Check that ids and distances belong together."
        )
    return distances


def road_adjacency(distances):
    """Returns DCRNN's weights of directed distances by road.

    They are those of `gaussian_adjacency` with `unit=sigma`, and W_ii = 1.
    sigma is the standard deviation of all finite d_ij, those of a sensor to
    itself included. The two directions are left as they are.

    Args:
        distances: float32 `(N, N)`, infinity where there is no way.

    Returns:
        float32 `(N, N)`.

    Raises:
        ValueError: If all finite distances are equal.

    Reference:
        Li, Yu, Shahabi, Liu: "Diffusion Convolutional Recurrent Neural
        Network" (ICLR 2018), section 4 and `gen_adj_mx.py`.

    Example:
    >>> far = np.inf
    >>> d = [[0, 1000, 3000], [far, 0, 2000], [far, far, 0]]
    >>> road_adjacency(np.float32(d)).round(3).tolist()  # sigma is 1155
    [[1.0, 0.472, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]]
    """
    sigma = distances[np.isfinite(distances)].std()
    if not sigma > 0:
        raise ValueError(
            "All finite distances are equal, so that their standard "
            "deviation, the width of the kernel, is 0. Expected distances "
            "that differ."
        )
    weights = gaussian_adjacency(
        distances, sigma2=1.0, epsilon=0.1, unit=float(sigma)
    )
    np.fill_diagonal(weights, 1)
    return weights.astype(np.float32)
