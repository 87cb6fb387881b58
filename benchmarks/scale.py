"""Times graph terms, whole models and the Laplacian on graphs of any size.

    python benchmarks/scale.py          # many minutes, up to 8 GB
    python benchmarks/scale.py --tiny   # does it run?

Each row comes from a process of its own, so that its peak memory is its own.
Terms by edges and by dense matrices are compared before either is timed.
See README.md.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
from pathlib import Path

from host import describe_host
from processor import cpu_name
from processor import file_name
from table import write_csv

RESULTS = Path(__file__).parents[1] / "results"
COLUMNS = (
    "task backend precision nodes edges batch units first_s median_s min_s "
    "max_s calls_timed edges_speedup agreement peak_rss_mb version device "
    "threads commit date note"
).split()
UNITS = 64


def jobs(tiny, backends):
    """All rows to measure, as keyword arguments of the tasks below."""
    rule = [(228, d) for d in (4, 10, 30)] + [(512, d) for d in (4, 10, 30)]
    rule += [(n, d) for n in (1026, 2000, 4000) for d in (4, 10, 30, 100)]
    if tiny:
        rule = [(40, 4)]
    for backend in backends:
        common = {"backend": backend, "units": 4 if tiny else UNITS}
        for precision in ("float32", "mixed_bfloat16"):
            for nodes, degree in rule:
                yield common | {
                    "task": "terms",
                    "precision": precision,
                    "nodes": nodes,
                    "degree": degree,
                    "batch": 2 if tiny else 8,
                }
        common |= {"precision": "float32", "degree": 10}
        # Few units, so that 100,000 nodes fit.
        for nodes in (
            [30, 60] if tiny else [1_000, 3_000, 10_000, 30_000, 10**5]
        ):
            narrow = {"task": "forward", "nodes": nodes, "batch": 1}
            yield common | narrow | {"units": 4 if tiny else 8}
        for head in ["direct"] if tiny else ["direct", "seq2seq"]:
            nodes = 30 if tiny else 8_600
            step = {"task": f"step-{head}", "nodes": nodes, "batch": 4}
            yield common | step
    for nodes in [100] if tiny else [10_000, 30_000, 100_000]:
        yield {"task": "laplacian", "nodes": nodes, "degree": 10}


def make_rows(job, record, common):
    """A row for each path that was timed."""
    base = {k: v for k, v in job.items() if k != "degree"} | common
    if "note" in record:
        return [base | record]
    base |= {"edges": record["edges_found"], "version": record["version"]}
    base |= {"peak_rss_mb": f"{record['peak_rss_mb']:.0f}"}
    medians = {
        path: statistics.median(record[path]["seconds"])
        for path in ("dense", "edges")
        if path in record
    }
    rows = []
    for path, median in medians.items():
        times = record[path]["seconds"]
        row = base | {
            "task": f"{job['task']}-{path}"
            if len(medians) > 1
            else job["task"],
            "median_s": f"{median:.4g}",
            "min_s": f"{min(times):.4g}",
            "max_s": f"{max(times):.4g}",
            "calls_timed": len(times),
        }
        if len(medians) == 1:
            row["first_s"] = f"{record[path]['first']:.4g}"
        else:
            row["edges_speedup"] = f"{medians['dense'] / medians['edges']:.3g}"
            row["agreement"] = f"{record['agreement']:.1e}"
        rows.append(row)
    return rows


def run_job(job, repeats, threads):
    """The record of a worker, or a note with the end of what it said."""
    environment = os.environ | {
        "KERAS_BACKEND": job.get("backend", "tensorflow"),
        "TF_CPP_MIN_LOG_LEVEL": "3",
        "CUDA_VISIBLE_DEVICES": "",
        "JAX_PLATFORMS": "cpu",
        "OMP_NUM_THREADS": str(threads),
    }
    worker = Path(__file__).with_name("scale_worker.py")
    done = subprocess.run(
        [sys.executable, worker, json.dumps(job), str(repeats)],
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
    parser.add_argument("--tiny", action="store_true", help="small, 1 repeat")
    parser.add_argument("--repeats", type=int, help="timed calls (5)")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--tasks", nargs="+", help="beginnings of their names")
    parser.add_argument("--backends", nargs="+", default=["tensorflow", "jax"])
    parser.add_argument(
        "--out", type=Path, help="folder; none by --tiny itself"
    )
    args = parser.parse_args(argv)
    if hasattr(os, "sched_setaffinity"):
        allowed = sorted(os.sched_getaffinity(0))
        os.sched_setaffinity(0, allowed[: args.threads])
    common, rows = {"device": cpu_name()} | describe_host(args.threads), []
    for job in jobs(args.tiny, args.backends):
        if args.tasks and not job["task"].startswith(tuple(args.tasks)):
            continue
        record = run_job(
            job, args.repeats or (1 if args.tiny else 5), args.threads
        )
        rows += make_rows(job, record, common)
        for row in rows[-2:] if job["task"] == "terms" else rows[-1:]:
            shown = ("task", "backend", "precision", "nodes", "edges")
            shown += ("first_s", "median_s", "peak_rss_mb", "note")
            print(" ".join(str(row.get(k, "-")) for k in shown), flush=True)
    if not rows:
        parser.error(f"no task begins with {' or '.join(args.tasks)}")
    if args.out or not args.tiny:
        name = file_name("scale", cpu_name())
        write_csv(rows, (args.out or RESULTS) / name, COLUMNS)
    return 1 if any("note" in row for row in rows) else 0


if __name__ == "__main__":
    sys.exit(main())
