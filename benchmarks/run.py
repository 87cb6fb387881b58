"""Runs the benchmarks; see README.md.

    python benchmarks/run.py              # all of them, at full size
    python benchmarks/run.py --tiny       # do they run?
    python benchmarks/run.py --only gcgru latency

Outputs (and of trained layers losses and gradients) are compared first;
nothing of a task is timed when one of its contestants differs.
"""

import argparse
import dataclasses
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import entries
import numpy as np
from checks import check
from checks import check_losses
from host import describe_host
from host import hide_gpu
from processor import file_name
from table import make_rows
from table import print_table
from table import write_csv

HERE = Path(__file__).parent
RESULTS = HERE.parent / "results"


@dataclasses.dataclass(frozen=True)
class Job:
    """A contestant that is to be checked, or timed at one kind of work."""

    task: str
    name: str
    phase: str
    entry: entries.Entry


class Bench:
    """Processes of jobs, one after the other.

    Args:
        folder: Where problems and records go.
        tiny: Whether all jobs of a backend share one process, which is quick
            and shows that they run; else what is timed has one of its own.
    """

    def __init__(self, folder, device, threads, repeats, tiny):
        self.folder, self.device = Path(folder), device
        self.threads, self.repeats, self.tiny = threads, repeats, tiny

    def run(self, jobs):
        """Records of jobs, see worker.py, by task, name and phase."""
        groups = {}
        for job in jobs:
            alone = () if self.tiny else (job.task,)
            if job.phase != "check" and not self.tiny:
                alone += (job.name, job.phase)
            groups.setdefault((job.entry.backend, *alone), []).append(job)
        found = {}
        for group in groups.values():
            records = entries.run_worker(
                [self._describe(job) for job in group],
                group[0].entry.backend,
                self.device,
                self.threads,
            )
            for job, record in zip(group, records, strict=True):
                found[job.task, job.name, job.phase] = record
                print(f"  {progress(job, record)}", flush=True)
        return found

    def _describe(self, job):
        entry = job.entry
        out = f"{job.task}-{job.name}-{job.phase}.json"
        return {
            "phase": job.phase,
            "module": entry.module,
            "precision": entry.precision,
            "option": entry.option,
            "problem": str(self.folder / f"{job.task}.npz"),
            "repeats": self.repeats,
            # Losses after many steps of training would drift apart.
            "seconds": 0 if self.tiny or job.phase == "step" else 5,
            "out": str(self.folder / out),
        }


def progress(job, record):
    words = f"{job.task} {job.name} {job.phase}"
    if "error" in record:
        return f"{words}: failed"
    if job.phase == "check":
        return words
    medians = [
        f"{variant} {np.median(timed['call_s']):.4g} s".strip()
        for variant, timed in record["variants"].items()
    ]
    return f"{words}: {', '.join(medians)}"


def run_tasks(tasks, bench, wanted, common):
    """Check, then time, then one row for each contestant, work and variant.

    Args:
        tasks: List of `Task`.
        bench: A `Bench`.
        wanted: Names of contestants, or `None` for all.
        common: Columns that are the same in all rows.
    """
    print("Checked:")
    chosen, jobs, problems = {}, [], {}
    for task in tasks:
        problems[task.name] = task.make(bench.tiny)
        np.savez(bench.folder / f"{task.name}.npz", **problems[task.name][0])
        chosen[task.name] = {
            name: entry
            for name, entry in task.entries.items()
            if bench.device in entry.devices and name in (wanted or [name])
        }
        jobs += [
            Job(task.name, name, "check", entry)
            for name, entry in chosen[task.name].items()
            if not entry.missing()
        ]
    checked = bench.run(jobs)
    print("Timed:")
    found, notes, jobs = {}, {}, []
    for task in tasks:
        entries_ = chosen[task.name]
        present = {n: e for n, e in entries_.items() if not e.missing()}
        found[task.name], notes[task.name] = check(task, present, checked)
        jobs += [
            Job(task.name, name, work, entry)
            for work in task.works
            for name, entry in present.items()
            if name not in notes[task.name]
        ]
    records = bench.run(jobs)
    rows = []
    for task in tasks:
        problem, words = problems[task.name]
        for work in task.works:
            entries_ = chosen[task.name]
            timed = {
                name: entry
                for name, entry in entries_.items()
                if (task.name, name, work) in records
            }
            late = check_losses(task, work, timed, records)
            for name, entry in entries_.items():
                note = entry.missing() or (notes[task.name] | late).get(name)
                outcome = {"note": note}
                if not note:
                    outcome = {
                        "found": found[task.name][name],
                        "record": records[task.name, name, work],
                        "gflop": task.gflop and task.gflop(problem, work),
                    }
                rows += make_rows(
                    task, name, entry, work, outcome, common | words
                )
    return rows


def parse(argv, names):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tiny", action="store_true", help="small, 2 calls")
    parser.add_argument("--only", nargs="+", choices=names, metavar="BENCHMARK")
    parser.add_argument("--contestants", nargs="+", metavar="NAME")
    parser.add_argument(
        "--device",
        choices=("cpu", "gpu"),
        default="gpu" if shutil.which("nvidia-smi") else "cpu",
        help="by default a GPU where there is one",
    )
    parser.add_argument("--threads", type=int, default=2, help="of a CPU")
    parser.add_argument("--repeats", type=int, help="timed calls (7)")
    parser.add_argument(
        "--out", type=Path, help="folder for csv; --tiny has none"
    )
    args = parser.parse_args(argv)
    args.only = args.only or names
    args.repeats_given = args.repeats is not None
    args.repeats = args.repeats or (2 if args.tiny else 7)
    args.out = args.out or (None if args.tiny else RESULTS)
    return parser, args


def run_program(name, args):
    """One of the programs that measure in their own way."""
    command = [sys.executable, str(HERE / f"{name}.py")]
    command += ["--tiny"] if args.tiny else []
    if args.repeats_given:
        command += ["--repeats", str(args.repeats)]
    if args.out:
        command += ["--out", str(args.out)]
    if name in ("epoch", "scale"):
        command += ["--threads", str(args.threads)]
    print(f"\n=== {name} ===", flush=True)
    return subprocess.run(command).returncode == 0


def main(argv=None):
    hide_gpu()
    from registry import BENCHMARKS
    from registry import PROGRAMS

    parser, args = parse(argv, [*BENCHMARKS, *PROGRAMS])
    names = [name for name in args.only if name in BENCHMARKS]
    known = {n for b in names for task in BENCHMARKS[b] for n in task.entries}
    if unknown := set(args.contestants or ()) - known:
        parser.error(
            f"no {', '.join(unknown)}; there are {', '.join(sorted(known))}"
        )
    common = describe_host(args.threads)
    good = True
    with tempfile.TemporaryDirectory() as folder:
        options = (args.device, args.threads, args.repeats, args.tiny)
        bench = Bench(folder, *options)
        for group in [names] if args.tiny else [[name] for name in names]:
            print(f"\n=== {', '.join(group)} ===")
            tasks = [task for name in group for task in BENCHMARKS[name]]
            rows = run_tasks(tasks, bench, args.contestants, common)
            print_table(rows)
            good = good and not any(is_failure(row) for row in rows)
            for name in group if args.out else ():
                own = [task.name for task in BENCHMARKS[name]]
                mine = [row for row in rows if row["task"] in own]
                devices = sorted({row.get("device", "") for row in mine})
                path = args.out / file_name(name, devices[-1] or args.device)
                write_csv(mine, path)
    for name in args.only:
        if name in PROGRAMS:
            good = run_program(name, args) and good
    if not good:
        sys.exit("Some contestants failed or differ: see the notes above.")


def is_failure(row):
    return row.get("note", "").startswith(("failed", "differs", "not timed"))


if __name__ == "__main__":
    main()
