"""What a forecast rests on: permutation importance of inputs and sensors.

An input is important if the error rises when it is taken from another window.
With a random permutation `pi` of the windows, and `x'` the inputs where the
part in question is `x_pi(b)` in place of `x_b`, the importance is

    MAE(f(x'), y) - MAE(f(x), y)

in the units of the data (Breiman 2001; Fisher, Rudin and Dominici 2019). It
says what a model uses, not what causes what: of two inputs that say the same
a model may use either.
"""

import dataclasses

import numpy as np
import scipy.sparse
import scipy.sparse.csgraph

from keras_stunet.checks import check_count
from keras_stunet.quantiles import median_of

BATCH = 50


@dataclasses.dataclass(frozen=True)
class Importance:
    """What was found, on one sample of windows.

    Attributes:
        mae: `(N,)` error of each sensor.
        inputs: `(history, F)` rise of the error of all sensors, by step and
            feature of the history.
        others: `(N,)` rise of the error of a sensor whose own history is as
            it was, that of all others permuted: what its neighbours add.
        sensors: `(N, N)` rise of the error of sensor j by the history of
            sensor i alone.
        hops: `(N, N)` edges of the shortest path between two sensors,
            infinity where there is none.
    """

    mae: np.ndarray
    inputs: np.ndarray
    others: np.ndarray
    sensors: np.ndarray
    hops: np.ndarray

    def by_hops(self):
        """`{hops: (pairs, mean rise)}` of the error of one sensor by another.

        Sensors that no path joins stand under infinity.
        """
        found = {}
        for hops in np.unique(self.hops):
            pairs = self.hops == hops
            mean = float(self.sensors[pairs].mean())
            found[float(hops)] = (int(pairs.sum()), mean)
        return found


def permutation_importance(
    model, windows, adjacency, count=100, seed=0, progress=None
):
    """Permute inputs and sensors one by one, and see the error rise.

    Takes `history * F + 2 N + 1` passes over the sample.

    Args:
        model: A model with `predict_on_batch`.
        windows: The `Windows` to look at: those of validation.
        adjacency: `(N, N)` weights, for the hops between sensors; whichever
            way an edge points.
        count: Windows of the sample.
        seed: Of the sample and the permutations.
        progress: Function of the number of passes done and of all, or `None`.

    Returns:
        An `Importance`. Of several targets the first one counts.

    Raises:
        ValueError: If `count` or `seed` is out of range, or there are fewer
            than two windows.
    """
    check_count("count", count, 2)
    check_count("seed", seed, 0)
    if len(windows) < 2:
        raise ValueError(
            f"There is {len(windows)} window; expected two at least, to take "
            "inputs of one for the other."
        )
    rng = np.random.default_rng(seed)
    sample = rng.permutation(len(windows))[:count]
    x, target, *mask = windows.gather(np.sort(sample))
    known = []  # in advance; it stays as it is
    if isinstance(x, tuple):
        x, *known = x
    target = target[..., 0]  # (B, horizon, N)
    present = np.ones(target.shape) if not mask else mask[0][..., 0]
    shifted = x[_derangement(len(x), rng)]
    nodes, history, features = x.shape[2], x.shape[1], x.shape[3]
    total = history * features + 2 * nodes + 1
    done = 0

    def errors(inputs):
        nonlocal done
        made = _predict(model, [inputs, *known])
        made = median_of(made, getattr(model, "quantiles", None))[..., 0]
        error = np.abs(made.astype(np.float64) - target)
        sums = np.where(present != 0, error, 0).sum(axis=(0, 1))  # (N,)
        done += 1
        if progress is not None:
            progress(done, total)
        with np.errstate(invalid="ignore"):
            return sums / present.sum(axis=(0, 1))

    def replaced(place, base=x, by=shifted):
        inputs = base.copy()
        inputs[place] = by[place]
        return errors(inputs)

    mae = errors(x)
    weights = present.sum(axis=(0, 1))
    inputs = np.zeros((history, features))
    for step in range(history):
        for feature in range(features):
            rise = replaced(np.s_[:, step, :, feature]) - mae
            rise = np.where(weights > 0, rise, 0)
            inputs[step, feature] = np.average(rise, weights=weights)
    sensors, others = np.zeros((nodes, nodes)), np.zeros(nodes)
    for node in range(nodes):
        place = np.s_[:, :, node]
        sensors[node] = replaced(place) - mae
        others[node] = (replaced(place, shifted, x) - mae)[node]
    graph = scipy.sparse.csr_array(adjacency) != 0
    hops = scipy.sparse.csgraph.shortest_path(
        graph, directed=False, unweighted=True
    )
    return Importance(mae, inputs, others, sensors, hops)


def _derangement(count, rng):
    # A permutation that leaves nothing in its place: one cycle.
    order = rng.permutation(count)
    cycle = np.empty(count, np.int64)
    cycle[order] = np.roll(order, 1)
    return cycle


def _predict(model, inputs):
    # The last batch is filled up: compiled code sees one size.
    made, count = [], len(inputs[0])
    for first in range(0, count, BATCH):
        size = min(BATCH, count - first)
        places = first + np.resize(np.arange(size), BATCH)
        batch = tuple(x[places] for x in inputs)
        batch = batch if len(batch) > 1 else batch[0]
        made.append(np.asarray(model.predict_on_batch(batch))[:size])
    return np.concatenate(made)
