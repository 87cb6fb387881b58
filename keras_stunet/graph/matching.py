"""Matchings: sets of edges that share no node.

ST-UNet coarsens a graph by merging the two ends of each edge of a heavy
matching. Three ways to find one are here:

    path_growing_matching   PGA'         >= 1/2 of the best   O(n + m)
    gpa_matching            GPA          >= 1/2 of the best   O(m log m)
    exact_matching          blossom      the best             O(n^3)

(n nodes, m edges, once they are sorted by weight, O(m log m): a second for
a million of them.) All of them are deterministic, work from the stored edges
alone in memory O(n + m), ignore self-loops, leave isolated nodes unmatched, and
treat each connected component on its own. Ties are broken by node index,
so that renumbering the nodes of a graph may change the matching; where all
weights differ, only that of PGA', which scans nodes in index order.

References:
    ST-UNet, section 3.2 and Algorithm 1, part I (which is PGA').
    Maue, Sanders: "Engineering algorithms for approximate weighted
    matching" (WEA 2007), for PGA' and GPA.
    Drake, Hougardy: "A simple approximation algorithm for the weighted
    matching problem" (2003), for the path growing algorithm PGA.
"""

import numpy as np
import scipy.sparse as sp

from keras_stunet.graph.checks import check_adjacency
from keras_stunet.graph.is_matching import edge_list
from keras_stunet.graph.path_matching import path_matching


def path_growing_matching(adj):
    """Returns a heavy maximal matching by the path growing algorithm PGA'.

    Nodes are scanned in index order. From each that still has edges a path
    grows: take the heaviest remaining edge `(x, u)` (ties to the smaller
    `u`), remove `x` with all its edges, go on from `u`. The best matching
    of each path is added (`path_matching`). At the end the matching is
    extended to a maximal one: remaining edges with two free ends are taken
    heaviest first, ties by `(u, v)`.

    Each edge of the best matching is charged to a path edge at one of its
    ends that is at least as heavy, and the best matching of a path has at
    least half its weight: hence the guarantee of 1/2.

    Algorithm 1 extends the matching inside its loop; once, at the end,
    leads to a maximal matching as well and is what Maue & Sanders do.

    Args:
        adj: `(N, N)` undirected weighted adjacency, dense or sparse.

    Returns:
        `(M, 2)` int array of edges `u < v`, sorted.

    Raises:
        ValueError: `adj` is no undirected adjacency (`check_adjacency`).

    Example:
    >>> import scipy.sparse as sp
    >>> path = sp.diags_array([10.0, 1, 5, 6], offsets=1, shape=(5, 5))
    >>> path_growing_matching(path + path.T).tolist()
    [[0, 1], [3, 4]]
    """
    starts, neighbours, weights = _heaviest_first_rows(adj)
    removed = [False] * (len(starts) - 1)
    chosen = []
    for start in range(len(removed)):
        path, places, node = [], [], start
        while node is not None and not removed[node]:
            removed[node] = True  # first: a self-loop is no edge of a path
            found = None
            for place in range(starts[node], starts[node + 1]):
                if not removed[neighbours[place]]:
                    found = neighbours[place]
                    path.append((node, found))
                    places.append(place)
                    break
            node = found
        if path:
            best = path_matching([weights[place] for place in places])
            chosen += [path[i] for i in best]
    return _sorted_edges(_extend(chosen, *edge_list(adj)))


def gpa_matching(adj):
    """Returns a heavy maximal matching by the global paths algorithm GPA.

    Edges are scanned heaviest first, ties by `(u, v)`, and collected into
    a set of disjoint paths and even cycles: an edge is taken if both its
    ends are ends of paths and it joins two different paths or closes a
    path with an odd number of edges. The best matching of each path and
    cycle is taken (`path_matching`), and the union is extended to a maximal
    matching, as in `path_growing_matching`; the published GPA leaves the
    extension out. It never lowers the weight.

    The guarantee of 1/2 holds as for PGA'. In practice GPA comes nearer to
    the best, since it looks at the edges of the whole graph.

    Args:
        adj: `(N, N)` undirected weighted adjacency, dense or sparse.

    Returns:
        `(M, 2)` int array of edges `u < v`, sorted.

    Raises:
        ValueError: `adj` is no undirected adjacency (`check_adjacency`).

    Example:
    >>> gpa_matching(
    ...     [[0, 2, 0, 3], [2, 0, 2, 0], [0, 2, 0, 1], [3, 0, 1, 0]]
    ... ).tolist()
    [[0, 3], [1, 2]]
    """
    edges = edge_list(adj)
    nodes = np.shape(adj)[0]
    links = [[] for _ in range(nodes)]  # at most two (neighbour, weight) a node
    far_end = list(range(nodes))  # valid at the ends of paths
    length = [0] * nodes  # edges of the path, valid at its ends
    for u, v, weight in _heaviest_first(*edges):
        if len(links[u]) == 2 or len(links[v]) == 2:
            continue  # inside a path, or on a closed cycle
        same_path = far_end[u] == v
        if same_path and length[u] % 2 == 0:
            continue  # would close an odd cycle
        links[u].append((v, weight))
        links[v].append((u, weight))
        if not same_path:
            a, b = far_end[u], far_end[v]
            far_end[a], far_end[b] = b, a
            length[a] = length[b] = length[u] + length[v] + 1
    chosen = []
    seen = [False] * nodes
    ends = [node for node, link in enumerate(links) if len(link) == 1]
    # Paths first, from their ends: what is then unseen lies on cycles.
    for start in ends + list(range(nodes)):
        if seen[start] or not links[start]:
            continue
        path, weights, closed = _trace(start, links, seen)
        chosen += [path[i] for i in path_matching(weights, closed)]
    return _sorted_edges(_extend(chosen, *edges))


def exact_matching(adj):
    """Returns a matching of the largest possible weight.

    Edmonds' blossom algorithm as implemented by networkx. It is maximal,
    since all weights are positive.

    Args:
        adj: `(N, N)` undirected weighted adjacency, dense or sparse.

    Returns:
        `(M, 2)` int array of edges `u < v`, sorted.

    Raises:
        ValueError: `adj` is no undirected adjacency (`check_adjacency`).

    Example:
    >>> exact_matching([[0, 2, 0], [2, 0, 3], [0, 3, 0]]).tolist()
    [[1, 2]]
    """
    import networkx  # here: it is slow to import

    graph = networkx.Graph()
    edges = (part.tolist() for part in edge_list(adj))
    graph.add_weighted_edges_from(zip(*edges, strict=True))
    return _sorted_edges(networkx.max_weight_matching(graph))


def _heaviest_first_rows(adj):
    # The rows of the graph, in each the heaviest edge first and ties by
    # index, so that a node's heaviest remaining edge is the first that is
    # left: nearly always one of the first few.
    graph = sp.csr_array(check_adjacency(adj))
    row = np.repeat(np.arange(graph.shape[0]), np.diff(graph.indptr))
    order = np.lexsort((-graph.data, row))  # stable: columns stay in order
    # Lists are several times faster to step through than arrays, and a view of
    # memory nearly so, for weights that are looked at once a node.
    neighbours = graph.indices[order].tolist()
    return graph.indptr.tolist(), neighbours, memoryview(graph.data[order])


def _heaviest_first(u, v, weight):
    order = np.argsort(-weight, kind="stable")  # ties stay sorted by (u, v)
    return zip(*(part[order].tolist() for part in (u, v, weight)), strict=True)


def _extend(chosen, u, v, weight):
    used = np.zeros(int(v.max(initial=-1)) + 1, dtype=bool)
    used[np.array(chosen, dtype="int64")] = True
    free = ~(used[u] | used[v])
    used = set()
    for a, b, _ in _heaviest_first(u[free], v[free], weight[free]):
        if a not in used and b not in used:
            chosen.append((a, b))
            used.update((a, b))
    return chosen


def _trace(start, links, seen):
    # Walks a path from one of its ends, or once around a cycle.
    path, weights = [], []
    before, node = None, start
    while True:
        seen[node] = True
        step = next((s for s in links[node] if s[0] != before), None)
        if step is None:
            return path, weights, False
        path.append((node, step[0]))
        weights.append(step[1])
        if step[0] == start:
            return path, weights, True
        before, node = node, step[0]


def _sorted_edges(edges):
    pairs = np.sort(np.array(list(edges), dtype="int64").reshape(-1, 2))
    return pairs[np.lexsort(pairs.T[::-1])]
