"""Times a training step of the paper's graph models on PeMSD7(L)'s graph.

    python benchmarks/zoo_step.py          # 1,026 nodes, many minutes
    python benchmarks/zoo_step.py --tiny   # does it run?

All models get the same batch, the same loss and optimizer, the direct head
and the same precision; each runs in a process of its own. See README.md.
"""

import argparse
import csv
import datetime
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

OUT = Path(__file__).parents[1] / "results" / "benchmark-zoo-step-cpu.csv"
MODELS = ("gcgru", "stgcn", "dcrnn", "st_unet")
PRECISIONS = ("float32", "mixed_bfloat16")
# Training windows of PeMSD7(L) under the paper's protocol.
WINDOWS = 9_010
HISTORY, HORIZON = 12, 12
MEAN, STD = 58.0, 13.0  # about those of the real readings, mph
WARM_UP = 2


def load_graph(tiny):
    """`(N, N)` weights, and what to call them."""
    folder = os.environ.get("KERAS_STUNET_RAW_DIR")
    path = folder and Path(folder) / "pemsd7_l" / "adj_binary.npy"
    if path and path.is_file() and not tiny:
        adj = np.load(path).astype("float64")
        np.fill_diagonal(adj, 0)
        return np.maximum(adj, adj.T), "PeMSD7(L), 0/1 weights"
    nodes, rng = 24 if tiny else 1_026, np.random.default_rng(0)
    points = rng.random((nodes, 2))
    gaps = np.linalg.norm(points[:, None] - points[None], axis=-1)
    reach = np.sort(gaps, axis=1)[:, 5:6]  # five neighbours each
    adj = ((gaps <= reach) | (gaps <= reach.T)) & (gaps > 0)
    return adj.astype("float64"), "synthetic, five nearest neighbours"


def measure(name, precision, batch, repeats, tiny):
    """What one process measures of one model."""
    import keras
    import tensorflow as tf

    from keras_stunet.models import MODELS as ZOO
    from keras_stunet.models import build_model
    from keras_stunet.training import Recipe
    from keras_stunet.training import compile_model

    adj, _ = load_graph(tiny)
    keras.utils.set_random_seed(0)
    options = {"units": 4} if tiny and "units" in ZOO[name].options() else {}
    scaler = {"mean": MEAN, "std": STD, "dtype": precision}
    model = build_model(name, adj, head="direct", **scaler, **options)
    compile_model(model, Recipe(), 100, STD)
    rng = np.random.default_rng(1)
    shape = (batch, HISTORY + HORIZON, len(adj), 1)
    readings = rng.normal(MEAN, STD, shape).astype("float32")
    x, y = readings[:, :HISTORY], readings[:, HISTORY:]
    seconds, losses = [], []
    for _ in range(1 + WARM_UP + repeats):
        start = time.perf_counter()
        losses.append(
            float(model.train_on_batch(x, y, return_dict=True)["loss"])
        )
        seconds.append(time.perf_counter() - start)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {
        "compile_s": seconds[0],
        "step_s": seconds[1 + WARM_UP :],
        "peak_rss_mb": peak,
        "losses": losses,
        "parameters": sum(
            int(np.prod(variable.shape))
            for variable in model.trainable_variables
        ),
        "gflop_forward": forward_gflop(model, x),
        "version": f"keras {keras.__version__}, tensorflow {tf.__version__}",
    }


def forward_gflop(model, x):
    """Matrix products and other arithmetic of a forward pass, counted by
    TensorFlow on its graph."""
    import tensorflow as tf
    from tensorflow.python.framework import convert_to_constants

    forward = tf.function(lambda x: model(x, training=False))
    frozen = convert_to_constants.convert_variables_to_constants_v2(
        forward.get_concrete_function(tf.TensorSpec(x.shape, "float32"))
    )
    profiler = tf.compat.v1.profiler
    options = profiler.ProfileOptionBuilder.float_operation()
    with open(os.devnull, "w") as nowhere:
        options["output"] = "file:outfile=" + nowhere.name
        counted = profiler.profile(
            frozen.graph,
            options=options,
            run_meta=tf.compat.v1.RunMetadata(),
            cmd="op",
        )
    return counted.total_float_ops / 1e9


def make_row(name, precision, batch, record, common):
    median = statistics.median(record["step_s"])
    return {
        "model": name,
        "precision": precision,
        "version": record["version"],
        "parameters": record["parameters"],
        "compile_s": f"{record['compile_s']:.4g}",
        "step_median_s": f"{median:.4g}",
        "step_min_s": f"{min(record['step_s']):.4g}",
        "step_max_s": f"{max(record['step_s']):.4g}",
        "steps_timed": len(record["step_s"]),
        "epoch_s_extrapolated": f"{median * -(-WINDOWS // batch):.0f}",
        "peak_rss_mb": f"{record['peak_rss_mb']:.0f}",
        "gflop_forward": f"{record['gflop_forward']:.4g}",
    } | common


def print_table(rows):
    print(
        f"\n{'model':9} {'precision':15} parameters  first s  median  "
        "    min     max  peak MB  GFLOP  time / dcrnn  GFLOP / dcrnn"
    )
    for row in rows:
        base = [
            r
            for r in rows
            if r["model"] == "dcrnn" and r["precision"] == row["precision"]
        ]
        ratios = [
            float(row[key]) / float(base[0][key]) if base else float("nan")
            for key in ("step_median_s", "gflop_forward")
        ]
        print(
            f"{row['model']:9} {row['precision']:15} {row['parameters']:>10}  "
            f"{row['compile_s']:>7} {row['step_median_s']:>7} "
            f"{row['step_min_s']:>7} {row['step_max_s']:>7}  "
            f"{row['peak_rss_mb']:>7} {row['gflop_forward']:>6}  "
            f"{ratios[0]:>12.2f}  {ratios[1]:>13.2f}"
        )


def write_csv(rows, path):
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(path.name + ".partial")
    with partial.open("w", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    os.replace(partial, path)
    print(f"\nWritten: {path}")


def run_worker(arguments):
    """The record of a measuring process, or exits with its message."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "record.json"
        command = [sys.executable, "-P", __file__, *arguments]
        environment = {**os.environ, "KERAS_BACKEND": "tensorflow"}
        done = subprocess.run([*command, "--record", out], env=environment)
        if done.returncode:
            sys.exit(f"No result: {' '.join(arguments)} failed.")
        return json.loads(out.read_text())


def main(argv=None):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tiny", action="store_true", help="24 nodes, 2 steps")
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--repeats", type=int, help="timed steps (7)")
    parser.add_argument("--only", nargs="+", choices=MODELS, default=MODELS)
    parser.add_argument(
        "--precision", nargs="+", choices=PRECISIONS, default=PRECISIONS
    )
    parser.add_argument("--out", type=Path, help="CSV; none by --tiny itself")
    parser.add_argument("--record", type=Path, help=argparse.SUPPRESS)
    args = parser.parse_args(argv)
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    repeats = args.repeats or (2 if args.tiny else 7)
    if args.record:
        record = measure(
            args.only[0], args.precision[0], args.batch, repeats, args.tiny
        )
        args.record.write_text(json.dumps(record))
        return
    from keras_stunet.training.environment import describe_environment

    environment = describe_environment()
    adj, graph = load_graph(args.tiny)
    common = {
        "sizes": f"B={args.batch} T={HISTORY} horizon={HORIZON} N={len(adj)} "
        f"edges={int((adj > 0).sum()) // 2}",
        "graph": graph,
        "device": environment["device"],
        "commit": environment["commit"],
        "date": datetime.date.today().isoformat(),
    }
    print(f"{common['sizes']}, graph: {graph}, {common['device']}")
    rows = []
    for precision in args.precision:
        for name in args.only:
            words = ["--only", name, "--precision", precision]
            words += ["--batch", str(args.batch), "--repeats", str(repeats)]
            words += ["--tiny"] if args.tiny else []
            record = run_worker(words)
            rows.append(make_row(name, precision, args.batch, record, common))
            print(
                f"  {name} {precision}: {rows[-1]['step_median_s']} s",
                flush=True,
            )
    print_table(rows)
    if args.out or not args.tiny:
        write_csv(rows, args.out or OUT)


if __name__ == "__main__":
    main()
