"""Times the partition of graphs of a million edges, level by level.

    python benchmarks/partition.py          # a minute or two
    python benchmarks/partition.py --tiny   # does it run?

Three kinds of graph, each in a process of its own: random ends, a planar grid
like a road network, and one whose degrees follow a power law. See README.md.
"""

import argparse
import json
import statistics
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import scipy.sparse as sp
from host import describe_host
from memory import peak_memory
from processor import cpu_name
from processor import file_name
from table import write_csv

RESULTS = Path(__file__).parents[1] / "results"
COLUMNS = (
    "graph method level nodes edges largest_degree super_nodes median_s "
    "min_s max_s "
    "calls_timed peak_rss_mb rss_before_mb device python commit date"
).split()
LEVELS = 2


def random_ends(edges, rng):
    nodes = edges // 5
    return nodes, *rng.integers(0, nodes, (2, edges))


def road(edges, rng):
    """A square grid; one street in ten is missing."""
    side = int((edges / 1.8) ** 0.5)
    node = np.arange(side * side).reshape(side, side)
    u = np.concatenate([node[:, :-1].ravel(), node[:-1].ravel()])
    v = np.concatenate([node[:, 1:].ravel(), node[1:].ravel()])
    kept = rng.random(len(u)) < 0.9
    return side * side, u[kept], v[kept]


def power_law(edges, rng):
    """One end of each edge is drawn by rank to the power -0.7."""
    nodes = edges // 5
    share = np.arange(1.0, nodes + 1) ** -0.7
    hubs = rng.choice(nodes, edges, p=share / share.sum())
    return nodes, rng.permutation(nodes)[hubs], rng.integers(0, nodes, edges)


GRAPHS = {"random": random_ends, "road": road, "power law": power_law}


def make_graph(kind, edges):
    """`(N, N)` symmetric weights in [0.1, 1) on about so many edges."""
    rng = np.random.default_rng(0)
    nodes, u, v = GRAPHS[kind](edges, rng)
    pairs = np.sort(np.stack([u, v]), axis=0)
    pairs = np.unique(pairs[:, pairs[0] < pairs[1]], axis=1)
    weights = rng.uniform(0.1, 1.0, pairs.shape[1])
    half = sp.coo_array((weights, tuple(pairs)), (nodes, nodes))
    return sp.csr_array(half + half.T)


def measure(kind, method, edges, repeats):
    """A record for each level: the partition of the graph it begins with."""
    from keras_stunet.graph import partition

    graph, records = make_graph(kind, edges), []
    for level in range(LEVELS):
        before, seconds = peak_memory(), []
        for _ in range(repeats):
            start = time.perf_counter()
            result = partition(graph, p=1, method=method)
            seconds.append(time.perf_counter() - start)
        records.append(
            {
                "level": level + 1,
                "nodes": graph.shape[0],
                "edges": graph.nnz // 2,
                "largest_degree": int(np.diff(graph.indptr).max()),
                "super_nodes": result.num_super_nodes,
                "median_s": f"{statistics.median(seconds):.4g}",
                "min_s": f"{min(seconds):.4g}",
                "max_s": f"{max(seconds):.4g}",
                "calls_timed": repeats,
                "rss_before_mb": f"{before:.0f}",
                "peak_rss_mb": f"{peak_memory():.0f}",
            }
        )
        graph = result.adjacency
    return records


def main(argv=None):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tiny", action="store_true", help="2,000 edges")
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument(
        "--out", type=Path, help="folder; none by --tiny itself"
    )
    parser.add_argument("--worker", help=argparse.SUPPRESS)
    args = parser.parse_args(argv)
    if args.worker:
        print(json.dumps(measure(*json.loads(args.worker))))
        return
    common = {"device": cpu_name()} | describe_host(2)
    rows = []
    for kind in GRAPHS:
        for method in ("pga", "gpa"):
            job = [kind, method, 2000 if args.tiny else 10**6, args.repeats]
            command = [sys.executable, __file__, "--worker", json.dumps(job)]
            done = subprocess.run(command, stdout=subprocess.PIPE, check=True)
            for record in json.loads(done.stdout.splitlines()[-1]):
                row = {"graph": kind, "method": method} | record | common
                rows.append(row)
                shown = ("graph", "method", "nodes", "edges", "median_s")
                print(*(row[key] for key in shown), flush=True)
    if args.out or not args.tiny:
        name = file_name("partition", cpu_name())
        write_csv(rows, (args.out or RESULTS) / name, COLUMNS)


if __name__ == "__main__":
    main()
