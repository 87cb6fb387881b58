"""What one process of scale.py measures: one graph, one task, as JSON.

python benchmarks/scale_worker.py '{"task": "terms", ...}' 5
"""

import json
import os
import sys
import time

import numpy as np
import scipy.sparse as sp
from memory import peak_memory

HISTORY = 12


def random_graph(nodes, degree, seed=0):
    """A sparse graph of about `nodes * degree / 2` random edges."""
    rng = np.random.default_rng(seed)
    ends = rng.integers(0, nodes, (2, nodes * degree // 2))
    low, high = np.sort(ends, axis=0)
    pairs = np.unique(np.stack([low, high])[:, low < high], axis=1)
    weights = rng.uniform(0.1, 1.0, pairs.shape[1])
    half = sp.coo_array((weights, tuple(pairs)), (nodes, nodes))
    return sp.csr_array(half + half.T)


def timed(call, repeats):
    seconds = []
    for _ in range(repeats + 2):  # the first, one to warm up, the timed ones
        start = time.perf_counter()
        call()
        seconds.append(time.perf_counter() - start)
    return {"first": seconds[0], "seconds": seconds[2:]}


def terms(graph, job, repeats):
    """Forward and backward of the terms of both paths, after a comparison."""
    from keras import ops

    from keras_stunet.layers import GraphOperator

    shape = (job["batch"], graph.shape[0], job["units"])
    rng = np.random.default_rng(1)
    values, found = rng.normal(size=shape).astype("float32"), {}
    paths = {}
    for path in ("dense", "edges"):
        layer = GraphOperator(3, graph, path, dtype=job["precision"])
        x = ops.cast(values, layer.compute_dtype)
        run = forward_and_backward(layer, x)
        gradient = ops.convert_to_numpy(ops.cast(run(), "float32"))
        found[path] = np.concatenate(
            [ops.convert_to_numpy(ops.cast(layer(x), "float32")), gradient], -1
        )
        paths[path] = run
    apart = abs(found["edges"] - found["dense"]).max()
    apart /= abs(found["dense"]).max()
    limit = 1e-5 if job["precision"] == "float32" else 5e-2
    if not apart <= limit:
        sys.exit(f"The paths differ by {apart:.1e} of the largest entry.")
    times = {path: timed(run, repeats) for path, run in paths.items()}
    return {**times, "agreement": float(apart)}


def forward_and_backward(layer, x):
    """A compiled gradient of the sum of squares; waits for its result."""
    from keras import ops

    def loss(x):
        return ops.sum(ops.square(layer(x)))

    if os.environ["KERAS_BACKEND"] == "jax":
        import jax

        compiled = jax.jit(jax.grad(loss))
        return lambda: jax.block_until_ready(compiled(x))
    import tensorflow as tf

    @tf.function
    def compiled(x):
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = loss(x)
        return tape.gradient(y, x)

    return lambda: compiled(x)


def model(graph, job, repeats):
    """A forward pass, or a training step, of ST-UNet with its defaults."""
    import keras
    import keras_calls

    from keras_stunet import build_st_unet
    from keras_stunet.training import Recipe
    from keras_stunet.training import compile_model

    keras.utils.set_random_seed(0)
    forward = job["task"] == "forward"
    head = "direct" if forward else job["task"].removeprefix("step-")
    options = {"mean": 58.0, "std": 13.0, "units": job["units"]}
    network = build_st_unet(
        graph, head=head, propagation="edges", history=HISTORY, **options
    )
    rng = np.random.default_rng(1)
    shape = (2, job["batch"], HISTORY, graph.shape[0], 1)
    x, y = rng.normal(58.0, 13.0, shape).astype("float32")
    if forward:
        compute = keras_calls.compiled_forward(network)
        x = keras.ops.convert_to_tensor(x)
        return {"edges": timed(lambda: compute(x), repeats)}
    compile_model(network, Recipe(), 100, 13.0)

    def step():
        loss = keras_calls.train(network, x, y)
        if not np.isfinite(loss):
            sys.exit(f"The loss of a step is {loss}.")

    return {"edges": timed(step, repeats)}


def laplacian(graph, job, repeats):
    from keras_stunet.graph import rescaled_laplacian

    return {"edges": timed(lambda: rescaled_laplacian(graph), repeats)}


TASKS = {"terms": terms, "laplacian": laplacian}


def main(job, repeats):
    graph = random_graph(job["nodes"], job["degree"])
    record = TASKS.get(job["task"], model)(graph, job, repeats)
    record |= {"edges_found": graph.nnz // 2, "peak_rss_mb": peak_memory()}
    from keras_calls import version

    print(json.dumps(record | {"version": version()}))


if __name__ == "__main__":
    main(json.loads(sys.argv[1]), int(sys.argv[2]))
