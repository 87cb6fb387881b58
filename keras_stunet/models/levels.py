"""The graphs of the levels of a U: fine, coarse, coarser."""

from typing import NamedTuple

from keras_stunet.checks import check_count
from keras_stunet.graph import check_adjacency
from keras_stunet.graph import partition


class Levels(NamedTuple):
    """What the layers of a U with L levels of pooling are made with.

    Attributes:
        dilations: L dilations.
        graphs: L + 1 dicts of keyword arguments of recurrent cells, finest
            graph first: the adjacency, or the sizes of one loaded later.
        partitions: L dicts of keyword arguments of `STPool` and `STUnpool`.
    """

    dilations: tuple[int, ...]
    graphs: list[dict]
    partitions: list[dict]

    @property
    def depth(self):
        """Number L of levels of pooling."""
        return len(self.partitions)

    @property
    def num_nodes(self):
        """Number N of nodes of the finest graph."""
        if "adjacency" in self.graphs[0]:
            return self.graphs[0]["adjacency"].shape[0]
        return self.graphs[0]["graph_size"]["nodes"]


def make_levels(adj, p, s, method, graph_size=None):
    """Partition a graph level by level.

    Args:
        adj: `(N, N)` adjacency; or `None`, with `graph_size`.
        p: Rounds of matching of each level, a number or a sequence.
        s: Dilation of each level, a number or a sequence.
        method: The `method` of `keras_stunet.partition`.
        graph_size: What `level_sizes` returned.

    Returns:
        The `Levels`.

    Raises:
        ValueError: For a bad adjacency, `p` too deep for it, or `p` and `s`
            of different lengths.
    """
    rounds, dilations = _entries(p, "p", 0), _entries(s, "s", 1)
    depth = max(len(rounds), len(dilations))
    rounds = rounds * depth if len(rounds) == 1 else rounds
    dilations = dilations * depth if len(dilations) == 1 else dilations
    if len(rounds) != len(dilations):
        raise ValueError(
            f"`p` is {p!r} and `s` is {s!r}; expected one number each, or "
            "sequences of the same length, one entry a pooling level."
        )
    if adj is None:
        graphs = [{"graph_size": size} for size in graph_size["graphs"]]
        sizes = graph_size["partitions"]
        return Levels(dilations, graphs, [{"partition_size": z} for z in sizes])
    graph = check_adjacency(adj)
    graphs, partitions = [{"adjacency": graph}], []
    for level in rounds:
        coarse = partition(graph, level, method)
        graph = coarse.adjacency
        partitions.append({"partition": coarse})
        graphs.append({"adjacency": graph})
    return Levels(dilations, graphs, partitions)


def level_sizes(u):
    """Sizes of the graphs and partitions in the layers of a `UShape`."""
    cells = [u.first.cell, *(pool.rnn.cell for pool in u.pools)]
    unpools = reversed(u.unpools)  # their sizes hold those of the pools too
    return {
        "graphs": [cell.graph.graph_size for cell in cells],
        "partitions": [layer.unpool.partition_size for layer in unpools],
    }


def _entries(value, name, minimum):
    values = value if hasattr(value, "__len__") else [value]
    if isinstance(value, str) or len(values) == 0:
        raise ValueError(
            f"`{name}` is {value!r}; expected an integer, or a sequence with "
            "one for each pooling level."
        )
    return tuple(check_count(name, entry, minimum) for entry in values)
