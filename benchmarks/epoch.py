"""What an epoch of `fit` costs beyond its bare training steps.

    python benchmarks/epoch.py          # half an hour on two quiet cores
    python benchmarks/epoch.py --tiny   # does it run?

Each row comes from a process of its own. See README.md.
"""

import argparse
import json
import os
import subprocess
import sys
from pathlib import Path

from host import describe_host
from processor import cpu_name
from processor import file_name
from table import write_csv

RESULTS = Path(__file__).parents[1] / "results"
FIGURES = ("user_s", "system_s", "faults", "wall_s")
COLUMNS = [
    *"task backend precision devices pipeline memory".split(),
    *"propagation units batch steps".split(),
    *(f"epoch_{figure}" for figure in FIGURES),
    *(f"bare_{figure}" for figure in FIGURES),
    *"cpu_ratio epochs_timed graph version".split(),
    *"device threads python commit date note".split(),
]
BACKENDS = [
    {"backend": "tensorflow", "memory": "as it comes"},
    # As the commands set it, see `keras_stunet.memory`.
    {"backend": "jax", "memory": "kept"},
    {"backend": "jax", "memory": "as it comes"},
]


def jobs(tiny, device="cpu"):
    """All rows to measure: what the worker is told, beside the columns."""
    small = {"shape": None, "nodes": 8, "units": 2, "batch": 4, "steps": 2}
    demo = {"shape": None, "nodes": 58, "units": 32, "batch": 50, "steps": 60}
    paper = {"shape": "pemsd7_m", "nodes": 228, "units": 64, "batch": 50}
    paper |= {"steps": 10}
    demo, paper = (small, small) if tiny else (demo, paper)
    usual = {"precision": "float32", "devices": 1, "pipeline": "make_batches"}
    usual |= {"propagation": "auto"}
    if device == "gpu":
        for head in ("direct", "seq2seq"):
            common = paper | usual | {"task": f"pemsd7_m-{head}", "head": head}
            for precision in ("float32", "mixed_bfloat16"):
                for backend in (BACKENDS[0], BACKENDS[2]):
                    yield common | {"precision": precision} | backend
        return
    demo |= usual | {"task": "demo-direct", "head": "direct"}
    # As TensorFlow was fed before there was `make_batches`.
    yield demo | BACKENDS[0] | {"pipeline": "WindowBatches"}
    for backend in BACKENDS:
        yield demo | backend
    for head in ("direct", "seq2seq"):
        common = paper | usual | {"task": f"pemsd7_m-{head}", "head": head}
        for precision in ("float32", "mixed_bfloat16"):
            for devices in (1, 2):
                for propagation in ("auto", "spectral"):
                    kind = {"precision": precision, "devices": devices}
                    kind |= {"propagation": propagation}
                    yield common | kind | BACKENDS[0]
        if head == "direct":
            for backend in BACKENDS[1:]:
                yield common | backend
            yield common | BACKENDS[1] | {"propagation": "spectral"}


def make_row(job, record, common):
    """The row of a job; the epoch and the steps of least CPU time."""
    row = job | common
    if "note" in record:
        return row | record
    cpu = {}
    for kind in ("epoch", "bare"):
        best = min(record[kind], key=lambda run: run[0] + run[1])
        cpu[kind] = best[0] + best[1]
        for figure, value in zip(FIGURES, best, strict=True):
            a_step = value / job["steps"]
            row[f"{kind}_{figure}"] = f"{a_step:.4g}"
    row["cpu_ratio"] = f"{cpu['epoch'] / cpu['bare']:.3f}"
    row["epochs_timed"] = len(record["epoch"])
    return row | {key: record[key] for key in ("graph", "version", "device")}


def run_job(job, threads, device="cpu"):
    """The record of a worker, or a note with the end of what it said."""
    environment = os.environ | {
        "KERAS_BACKEND": job["backend"],
        "TF_CPP_MIN_LOG_LEVEL": "3",
        "OMP_NUM_THREADS": str(threads),
    }
    if device == "cpu":
        environment |= {"CUDA_VISIBLE_DEVICES": "", "JAX_PLATFORMS": "cpu"}
    worker = Path(__file__).with_name("epoch_worker.py")
    done = subprocess.run(
        [sys.executable, worker, json.dumps(job)],
        env=environment,
        capture_output=True,
        text=True,
    )
    if done.returncode:
        said = done.stderr.strip().splitlines() or [f"exit {done.returncode}"]
        return {"note": said[-1]}
    return json.loads(done.stdout.splitlines()[-1])


def main(argv=None):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tiny", action="store_true", help="small, 1 epoch")
    parser.add_argument("--repeats", type=int, help="timed epochs (2)")
    parser.add_argument(
        "--steps", type=int, help="steps an epoch (10; the demo's model: 60)"
    )
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--device", choices=("cpu", "gpu"), default="cpu")
    parser.add_argument("--tasks", nargs="+", help="beginnings of their names")
    parser.add_argument("--backends", nargs="+", default=["tensorflow", "jax"])
    parser.add_argument(
        "--out", type=Path, help="folder; none by --tiny itself"
    )
    args = parser.parse_args(argv)
    if hasattr(os, "sched_setaffinity"):
        allowed = sorted(os.sched_getaffinity(0))
        os.sched_setaffinity(0, allowed[: args.threads])
    size = {"epochs": args.repeats or (1 if args.tiny else 2)}
    if args.steps:
        size |= {"steps": args.steps}
    common, rows = {"device": cpu_name()} | describe_host(args.threads), []
    for job in jobs(args.tiny, args.device):
        asked = job["task"].startswith(tuple(args.tasks or [""]))
        if not asked or job["backend"] not in args.backends:
            continue
        job |= size
        record = run_job(job, args.threads, args.device)
        rows.append(make_row(job, record, common))
        shown = ("task", "backend", "precision", "devices", "propagation")
        shown += ("pipeline", "memory")
        shown += ("epoch_user_s", "epoch_system_s", "epoch_faults")
        shown += ("bare_user_s", "bare_system_s", "bare_faults", "cpu_ratio")
        print(" ".join(str(rows[-1].get(k, "-")) for k in shown), flush=True)
        if "note" in rows[-1]:
            print(f"  {rows[-1]['note']}", flush=True)
    if not rows:
        parser.error(f"no task begins with {' or '.join(args.tasks)}")
    if args.out or not args.tiny:
        name = file_name("epoch", rows[-1]["device"])
        write_csv(rows, (args.out or RESULTS) / name, COLUMNS)
    return 1 if any("note" in row for row in rows) else 0


if __name__ == "__main__":
    sys.exit(main())
