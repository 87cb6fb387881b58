"""One contestant in a process of its own: check it, or time it.

Started by gcgru_step.py, which sets the environment first (the Keras
backend and the threads are fixed when the libraries are imported).
"""

import argparse
import importlib
import json
import os
import resource
import sys
import time

import numpy as np
from gcgru_problem import LEARNING_RATE


def check(contestant, out):
    """Output, loss and gradients of the first step, as `.npz`."""
    output = contestant.forward()
    before = contestant.weights()
    loss = contestant.step()
    after = contestant.weights()
    # Plain SGD: the gradient is what the step took off.
    gradients = {
        f"gradient_{i}": (old - new) / LEARNING_RATE
        for i, (old, new) in enumerate(zip(before, after, strict=True))
    }
    np.savez(out, output=output, loss=loss, **gradients)


def measure(contestant, repeats, out):
    """Seconds of the steps, their losses, and peak memory, as JSON."""
    seconds, losses = [], []
    for _ in range(repeats + 2):  # the first, one to warm up, the timed ones
        start = time.perf_counter()
        losses.append(contestant.step())
        seconds.append(time.perf_counter() - start)
    record = {
        "compile_s": seconds[0],
        "step_s": seconds[2:],
        "losses": losses,
        "peak_rss_mb": peak_memory(),
        "version": contestant.version(),
    }
    with open(out, "w") as file:
        json.dump(record, file)


def peak_memory():
    """Largest resident memory of this process in MB.

    On Linux not `ru_maxrss`: that starts at the size of the process that
    started this one.
    """
    try:
        with open("/proc/self/status") as file:
            for line in file:
                if line.startswith("VmHWM:"):
                    return int(line.split()[1]) / 1024
    except FileNotFoundError:
        pass
    unit = 1 if sys.platform == "darwin" else 1024
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak * unit / 1024**2


def limit_threads(threads):
    """The same cores for all; libraries size their pools by them."""
    if hasattr(os, "sched_setaffinity"):
        allowed = sorted(os.sched_getaffinity(0))
        os.sched_setaffinity(0, allowed[:threads])


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("phase", choices=["check", "time"])
    parser.add_argument("module")
    parser.add_argument("problem")
    parser.add_argument("out")
    parser.add_argument("--precision", required=True)
    parser.add_argument("--compiled", action="store_true")
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--threads", type=int, default=2)
    args = parser.parse_args()
    limit_threads(args.threads)
    with np.load(args.problem) as stored:
        problem = {key: stored[key] for key in stored.files}
    module = importlib.import_module(args.module)
    contestant = module.Contestant(problem, args.precision, args.compiled)
    if args.phase == "check":
        check(contestant, args.out)
    else:
        measure(contestant, args.repeats, args.out)


if __name__ == "__main__":
    main()
