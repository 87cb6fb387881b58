"""Matchings: sets of edges that share no node.

ST-UNet coarsens a graph by merging the two ends of each edge of a heavy
matching. Three ways to find one are here:

    path_growing_matching   PGA'         >= 1/2 of the best   O(n + m)
    gpa_matching            GPA          >= 1/2 of the best   O(m log m)
    exact_matching          blossom      the best             O(n^3)

(n nodes, m edges; both heuristics sort edges once more to extend their
matching, O(m log m) at worst.) All of them are deterministic, work from the
stored edges alone, ignore self-loops, leave isolated nodes unmatched, and
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

from keras_stunet.graph.is_matching import neighbour_lists
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
    rows = neighbour_lists(adj)
    removed = [False] * len(rows)
    chosen = []
    for start in range(len(rows)):
        path, weights, node = [], [], start
        while node is not None and not removed[node]:
            best, best_weight = None, 0.0
            for other, weight in rows[node]:  # by increasing index
                if weight > best_weight and not removed[other]:
                    best, best_weight = other, weight
            removed[node] = True
            if best is not None:
                path.append((node, best))
                weights.append(best_weight)
            node = best
        chosen += [path[i] for i in path_matching(weights)]
    return _sorted_edges(_extend(chosen, rows))


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
    rows = neighbour_lists(adj)
    links = [[] for _ in rows]  # at most two (neighbour, weight) a node
    far_end = list(range(len(rows)))  # valid at the ends of paths
    length = [0] * len(rows)  # edges of the path, valid at its ends
    for u, v, weight in _heaviest_first(rows):
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
    seen = [False] * len(rows)
    ends = [node for node, link in enumerate(links) if len(link) == 1]
    # Paths first, from their ends: what is then unseen lies on cycles.
    for start in ends + list(range(len(rows))):
        if seen[start] or not links[start]:
            continue
        path, weights, closed = _trace(start, links, seen)
        chosen += [path[i] for i in path_matching(weights, closed)]
    return _sorted_edges(_extend(chosen, rows))


def exact_matching(adj):
    """Returns a matching of the largest possible weight.

    Edmonds' blossom algorithm as implemented by networkx. It is maximal,
    since all weights are positive.

    Args:
        adj: `(N, N)` undirected weighted adjacency, dense or sparse.

    Returns:
        `(M, 2)` int array of edges `u < v`, sorted.

    Raises:
        ImportError: networkx is not installed.
        ValueError: `adj` is no undirected adjacency (`check_adjacency`).

    Example:
    >>> exact_matching([[0, 2, 0], [2, 0, 3], [0, 3, 0]]).tolist()
    [[1, 2]]
    """
    try:
        import networkx
    except ImportError as error:
        raise ImportError(
            "The exact matching needs the package networkx, which is not "
            "installed. Run `pip install networkx`, or use the method "
            "'pga' or 'gpa', which need nothing else."
        ) from error
    graph = networkx.Graph()
    for u, row in enumerate(neighbour_lists(adj)):
        graph.add_weighted_edges_from((u, v, w) for v, w in row if u < v)
    return _sorted_edges(networkx.max_weight_matching(graph))


def _heaviest_first(rows):
    edges = [(u, v, w) for u, row in enumerate(rows) for v, w in row if u < v]
    # They come sorted by (u, v), and the sort keeps the order of ties.
    return sorted(edges, key=lambda edge: -edge[2])


def _extend(chosen, rows):
    used = {node for edge in chosen for node in edge}
    free = [
        [] if u in used else [(v, w) for v, w in row if v not in used]
        for u, row in enumerate(rows)
    ]
    chosen = list(chosen)
    for u, v, _ in _heaviest_first(free):
        if u not in used and v not in used:
            chosen.append((u, v))
            used.update((u, v))
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
    pairs = sorted((min(u, v), max(u, v)) for u, v in edges)
    return np.array(pairs, dtype="int64").reshape(-1, 2)
