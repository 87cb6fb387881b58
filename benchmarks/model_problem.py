"""Whole models on the graphs of the data sets, with random readings."""

import json

import numpy as np

MEAN, STD = 58.0, 13.0  # about those of the real readings, mph

SHAPES = {
    "pemsd7_m": {"nodes": 228, "units": 64, "batch": 50},
    # Time of day as a second input, gaps, and the width of its protocol.
    "metr_la": {
        "nodes": 207,
        "units": 96,
        "batch": 50,
        "features": 2,
        "masked": True,
    },
    # The batch is the paper's for DCRNN there.
    "pemsd7_l": {"nodes": 1_026, "units": None, "batch": 16},
}
STEPS = {"history": 12, "horizon": 12}
TINY = {"nodes": 24, "units": 4, "batch": 3, "history": 3, "horizon": 2}


def model_problem(
    tiny, shape, model="st_unet", head="direct", batch=None, seed=1
):
    """Arrays and options of a model, and words about it."""
    name, shape = shape, STEPS | SHAPES[shape] | (TINY if tiny else {})
    history, horizon = shape["history"], shape["horizon"]
    if model == "stgcn":
        history = max(history, 9)  # its convolutions take eight steps
    batch = batch or shape["batch"]
    adjacency, graph = load_graph(None if tiny else name, shape["nodes"])
    rng = np.random.default_rng(seed)
    readings = rng.normal(
        MEAN, STD, (batch, history + horizon, len(adjacency), 1)
    ).astype("float32")
    x, y = readings[:, :history], readings[:, history:]
    features = shape.get("features", 1)
    day = rng.random((*x.shape[:3], features - 1), "float32")
    options = {"model": model, "head": head, "features": features}
    options |= {"history": history, "horizon": horizon}
    if shape["units"] and model != "stgcn":  # which has a list of its own
        options["units"] = shape["units"]
    if head == "seq2seq":
        # Teacher forcing in all steps; with the draws of a training the
        # backends would differ. The work is the same.
        options["sampling_decay"] = 1e9
    problem = {
        "options": np.array(json.dumps(options)),
        "adjacency": adjacency,
        "x": np.concatenate([x, day], axis=-1),
        "y": y,
    }
    if shape.get("masked"):
        present = rng.random(problem["y"].shape) > 0.08
        problem["mask"] = present.astype("float32")
    words = {
        "graph": graph,
        "sizes": f"B={batch} T={history} horizon={horizon} N={len(adjacency)} "
        f"F={features} edges={np.count_nonzero(np.triu(adjacency, 1))}",
        "windows": batch,
    }
    return problem, words


def load_graph(name, nodes):
    """`(N, N)` symmetric weights, and what to call them.

    The graph of a data set where `KERAS_STUNET_RAW_DIR` names its raw files.
    """
    from keras_stunet.datasets.raw_folder import environment_folder

    folder = environment_folder()
    found = READERS[name](folder) if folder and name else None
    if found is not None:
        return found
    return nearest_five(nodes), "synthetic, five nearest neighbours"


def _pemsd7_m(folder):
    from keras_stunet.data.catalog import load_series
    from keras_stunet.datasets.pemsd7.reader import has_raw

    if has_raw(folder, "m"):
        return load_series("pemsd7/m", raw_dir=folder).adjacency, "PeMSD7(M)"


def _metr_la(folder):
    from keras_stunet.datasets.metr_la.graph import read_adjacency_pickle
    from keras_stunet.graph import symmetrise

    path = folder / "metr_la" / "adj_mx.pkl"
    if path.is_file():
        _, adj = read_adjacency_pickle(path)
        return symmetrise(adj, "max"), "METR-LA, both ways"


def _pemsd7_l(folder):
    path = folder / "pemsd7_l" / "adj_binary.npy"
    if path.is_file():
        adj = np.load(path).astype("float64")
        np.fill_diagonal(adj, 0)
        return np.maximum(adj, adj.T), "PeMSD7(L), 0/1 weights"


READERS = {"pemsd7_m": _pemsd7_m, "metr_la": _metr_la, "pemsd7_l": _pemsd7_l}


def nearest_five(nodes, seed=0):
    """Points in a square, each joined to its five nearest ones."""
    points = np.random.default_rng(seed).random((nodes, 2))
    gaps = np.linalg.norm(points[:, None] - points[None], axis=-1)
    reach = np.sort(gaps, axis=1)[:, 5:6]
    adj = ((gaps <= reach) | (gaps <= reach.T)) & (gaps > 0)
    return adj.astype("float64")
