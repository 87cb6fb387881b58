"""What we want to know of a GPU, in one run that can be cut off.

    python benchmarks/gpu.py pemsd7_m.npz --out OUT          # nine minutes
    python benchmarks/gpu.py pemsd7_m.npz --out OUT --tiny --device cpu

The same command goes on where it was cut off. See README.md.
"""

import argparse
import contextlib
import dataclasses
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).parent
GRACE = 20  # seconds a process has to save its work


@dataclasses.dataclass(frozen=True)
class Step:
    """A command, and the variables of the environment that it needs.

    Args:
        name: Of its log and of the file that says that it is done.
        command: Words.
        environment: Added to this process's.
    """

    name: str
    command: list
    environment: dict = dataclasses.field(default_factory=dict)


def make_steps(series, out, backend, device, tiny):
    """What to run, in the order of what is worth most."""
    bench = ["--device", device, "--out", str(out / "rows")]
    bench += ["--tiny"] if tiny else []
    timed = [f"ours-{backend}"]
    if device == "gpu":
        timed += [f"ours-{backend}-tf32", f"ours-{backend}-bf16"]
        timed += ["torch-compile", "torch-compile-tf32", "torch-compile-bf16"]
    us = [sys.executable, "-P", "-m", "keras_stunet"]
    short = ["--units", "2", "-K", "1", "--history", "3", "--horizon", "2"]
    grid = ["--model", "st_unet", "--trials", "2", "--out", str(out / "grid")]
    space = str(HERE / "gpu_tiny.toml") if tiny else "two_cores"
    paper = ["--epochs", "1", *short] if tiny else []
    paper += ["--out", str(out / "paper"), "--resume"]
    jobs = {
        "epoch": [sys.executable, str(HERE / "epoch.py"), *bench]
        + ["--backends", backend]
        + (["--tasks", "pemsd7_m-direct"] if tiny else []),
        "step": [sys.executable, str(HERE / "run.py"), *bench]
        + ["--only", "gcgru", "--contestants", *timed],
        "search": [*us, "tune", str(series), "--space", space, *grid],
        "paper": [*us, "train", str(series), *paper],
    }
    keras = {"KERAS_BACKEND": backend}
    return [Step(name, words, keras) for name, words in jobs.items()]


def run_steps(steps, out, seconds, say=print):
    """Run what is not done yet, for so long.

    One that fails does not stop the others. One that is cut off is stopped as
    by `kill`, and is the first of the next run.

    Args:
        steps: List of `Step`.
        out: Folder; `NAME.log` and, when done, `NAME.done` of each step.
        seconds: For all of them.
        say: Function of a line.

    Returns:
        Names of the steps that are not done.
    """
    end = time.monotonic() + seconds
    left = []
    for step in steps:
        done = out / f"{step.name}.done"
        rest = end - time.monotonic()
        if done.exists() or rest <= GRACE:
            words = "done before" if done.exists() else "no time left"
        else:
            code = _run(step, out / f"{step.name}.log", rest - GRACE)
            words = {0: "done", None: "cut off"}.get(code, f"failed ({code})")
            if code == 0:
                done.write_text(f"{seconds - (end - time.monotonic()):.0f}\n")
        if not done.exists():
            left.append(step.name)
        say(
            f"{step.name}: {words}; {max(0, end - time.monotonic()):.0f} s left"
        )
    return left


def _run(step, log, seconds):
    """The exit status, or `None` where it was cut off."""
    with log.open("a") as file:
        process = subprocess.Popen(
            step.command,
            env=os.environ | step.environment,
            stdout=file,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # a group, with the workers it starts
        )
        try:
            return process.wait(seconds)
        except subprocess.TimeoutExpired:
            return None
        finally:
            _end(process)


def _end(process):
    """Stop a process and all that it started, if any is left."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(GRACE)
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def main(argv=None):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("series", type=Path, help="as `datasets build --npz`")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--minutes", type=float, default=9)
    parser.add_argument("--backend", default="jax")
    parser.add_argument("--device", choices=("cpu", "gpu"), default="gpu")
    parser.add_argument("--tiny", action="store_true", help="small models")
    args = parser.parse_args(argv)
    if not args.series.is_file():
        parser.error(
            f"{args.series} is no file; make it on any machine by "
            "`keras-stunet datasets build pemsd7/m --npz FILE`"
        )
    args.out.mkdir(parents=True, exist_ok=True)
    options = (args.out, args.backend, args.device, args.tiny)
    steps = make_steps(args.series, *options)
    return 1 if run_steps(steps, args.out, 60 * args.minutes) else 0


if __name__ == "__main__":
    sys.exit(main())
