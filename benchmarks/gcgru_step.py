"""Times one training step of two stacked GCGRU layers; see README.md.

    python benchmarks/gcgru_step.py          # full size, minutes
    python benchmarks/gcgru_step.py --tiny   # does it run?

Output, loss and gradients of all contestants are compared first; nothing is
timed when one of them differs.
"""

import argparse
import csv
import dataclasses
import datetime
import json
import os
import statistics
import sys
import tempfile
from pathlib import Path

import gcgru_contestants
import numpy as np
from gcgru_problem import TINY
from gcgru_problem import Sizes
from gcgru_problem import make_problem
from gcgru_problem import training_gflop

OUT = Path(__file__).parents[1] / "results" / "benchmark-gcgru-step-cpu.csv"
REFERENCE = "ours-tensorflow"
# Largest difference of outputs, which lie in (-1, 1); relative one of losses;
# that of gradients, relative to the largest entry of each.
TOLERANCES = {
    "float32": {"output": 1e-5, "loss": 1e-5, "gradient": 1e-4},
    "bfloat16": {"output": 2e-2, "loss": 1e-3, "gradient": 5e-2},
}


def differences(result, reference):
    """How far the two are apart: output, loss, gradient."""
    gradients = [key for key in reference if key.startswith("gradient")]
    loss = float(reference["loss"])
    return {
        "output": _distance(result["output"], reference["output"]),
        "loss": abs(float(result["loss"]) - loss) / abs(loss),
        "gradient": max(
            _distance(result[key], reference[key]) / abs(reference[key]).max()
            for key in gradients
        ),
    }


def _distance(a, b):
    # NaN in either is NaN here, and no NaN is within a tolerance.
    return float(abs(np.asarray(a, "float64") - b).max())


def agrees(found, precision):
    limits = TOLERANCES[precision]
    return all(found[key] <= limits[key] for key in found)


def check_all(entries, problem, folder, threads):
    """Differences by contestant; exits when one is too large."""
    reference, found = None, {}
    for name, entry in entries.items():
        out = str(folder / f"{name}.npz")
        entry.run("check", problem, out, threads, repeats=0)
        with np.load(out) as stored:
            result = dict(stored)
        reference = reference or result
        found[name] = differences(result, reference)
        numbers = ", ".join(f"{k} {v:.1e}" for k, v in found[name].items())
        print(f"  {name:21} {numbers}", flush=True)
    bad = [n for n, e in entries.items() if not agrees(found[n], e.precision)]
    if bad:
        sys.exit(
            f"Nothing was timed: {', '.join(bad)} and {next(iter(entries))} "
            f"differ by more than {TOLERANCES}."
        )
    return found


def time_all(entries, problem, folder, threads, repeats):
    """Records by contestant; exits when losses of timed steps differ."""
    records = {}
    for name, entry in entries.items():
        out = str(folder / f"{name}.json")
        entry.run("time", problem, out, threads, repeats)
        records[name] = json.loads(Path(out).read_text())
        step = statistics.median(records[name]["step_s"])
        print(f"  {name:21} {step:.4g} s", flush=True)
    first = np.array(next(iter(records.values()))["losses"])
    for name, record in records.items():
        apart = (abs(np.array(record["losses"]) - first) / first).max()
        if not apart <= 10 * TOLERANCES[entries[name].precision]["loss"]:
            sys.exit(
                f"No result: the losses of the timed steps of {name} are "
                f"{record['losses']}; expected {first.tolist()}."
            )
    return records


def make_row(name, entry, sizes, found, record, common):
    row = {"contestant": name, "backend": entry.backend}
    row |= {"precision": entry.precision}
    if record is None:
        return row | {"note": entry.missing()} | common
    median = statistics.median(record["step_s"])
    gflop = training_gflop(sizes)
    return (
        row
        | common
        | {
            "version": record["version"],
            "compile_s": f"{record['compile_s']:.4g}",
            "step_median_s": f"{median:.4g}",
            "step_min_s": f"{min(record['step_s']):.4g}",
            "step_max_s": f"{max(record['step_s']):.4g}",
            "steps_timed": len(record["step_s"]),
            "peak_rss_mb": f"{record['peak_rss_mb']:.0f}",
            "gflop": f"{gflop:.4g}",
            "gflops": f"{gflop / median:.4g}",
            "agreement": f"{found['output']:.1e}",
            "gradient_agreement": f"{found['gradient']:.1e}",
        }
    )


COLUMNS = (
    "contestant version backend precision compile_s step_median_s step_min_s "
    "step_max_s steps_timed peak_rss_mb gflop gflops agreement "
    "gradient_agreement note graph sizes device threads python commit date"
).split()


def print_table(rows):
    times = {r["contestant"]: r.get("step_median_s") for r in rows}
    base = times.get(REFERENCE)
    print(
        f"\n{'contestant':21} first s  median     min     max  peak MB  ",
        end="",
    )
    print(f"GFLOP/s  time / {REFERENCE}")
    for row in rows:
        if "note" in row:
            print(f"{row['contestant']:21} {row['note']}")
            continue
        ratio = float(row["step_median_s"]) / float(base) if base else np.nan
        print(
            f"{row['contestant']:21} {row['compile_s']:>7} "
            f"{row['step_median_s']:>7} {row['step_min_s']:>7} "
            f"{row['step_max_s']:>7}  {row['peak_rss_mb']:>7}  "
            f"{row['gflops']:>7}  {ratio:.2f}"
        )


def write_csv(rows, path):
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(path.name + ".partial")
    with partial.open("w", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    os.replace(partial, path)
    print(f"\nWritten: {path}")


def describe(sizes, graph, threads):
    """What is the same in all rows."""
    from keras_stunet.training.environment import describe_environment

    environment = describe_environment()
    letters = zip("BTNFUK", dataclasses.astuple(sizes), strict=True)
    return {
        "graph": graph,
        "sizes": " ".join(f"{k}={v}" for k, v in letters),
        "device": cpu_name(),
        "threads": threads,
        "python": environment["python"],
        "commit": environment["commit"],
        "date": datetime.date.today().isoformat(),
    }


def cpu_name():
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        lines = []
    names = [s.split(":")[1].strip() for s in lines if "model name" in s]
    return names[0] if names else "CPU"


def main(argv=None):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tiny", action="store_true", help="small, 2 steps")
    parser.add_argument("--repeats", type=int, help="timed steps (7)")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--only", nargs="+", metavar="CONTESTANT")
    parser.add_argument("--out", type=Path, help="CSV; none by --tiny itself")
    args = parser.parse_args(argv)
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    everyone = gcgru_contestants.CONTESTANTS
    if unknown := set(args.only or ()) - set(everyone):
        parser.error(
            f"no {', '.join(unknown)}; there are {', '.join(everyone)}"
        )
    chosen = {n: e for n, e in everyone.items() if n in (args.only or everyone)}
    entries = {n: e for n, e in chosen.items() if not e.missing()}
    if not entries:
        parser.error(next(iter(chosen.values())).missing())
    sizes = TINY if args.tiny else Sizes()
    repeats = args.repeats or (2 if args.tiny else 7)
    problem, graph = make_problem(sizes)
    common = describe(sizes, graph, args.threads)
    print(f"{common['sizes']}, graph: {graph}, {args.threads} threads")
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        path = str(folder / "problem.npz")
        np.savez(path, **problem)
        print(f"Differences to {next(iter(entries))}:")
        found = check_all(entries, path, folder, args.threads)
        print("Median seconds of a step:")
        records = time_all(entries, path, folder, args.threads, repeats)
    rows = [
        make_row(n, e, sizes, found.get(n), records.get(n), common)
        for n, e in chosen.items()
    ]
    print_table(rows)
    if args.out or not args.tiny:
        write_csv(rows, args.out or OUT)


if __name__ == "__main__":
    main()
