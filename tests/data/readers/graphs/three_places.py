"""A graph among three sensors, and how files write it."""

import numpy as np
import pandas as pd
import scipy.sparse as sp

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
