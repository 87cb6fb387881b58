"""A process that checks or times contestants, one job after the other.

    python benchmarks/worker.py jobs.json

run.py starts it and sets the environment first: backend, device and threads
are fixed when the libraries are imported. A job is a dict: `phase` ("check"
or a work: "forward", "step" ...), `module`, `precision`, `option`, `problem`
(an .npz file), `repeats` and `seconds` of timing, and `out`, where its record
goes as JSON. Arrays of a check lie beside it as .npz.
"""

import importlib
import itertools
import json
import os
import sys
import time
import traceback
from pathlib import Path

import numpy as np
from memory import peak_device_memory
from memory import peak_memory
from processor import cpu_name

BACKEND = os.environ.get("KERAS_BACKEND")
DEVICE = os.environ.get("BENCHMARK_DEVICE", "cpu")


def do_job(job):
    with np.load(job["problem"]) as stored:
        problem = {key: stored[key] for key in stored.files}
    set_tensor_float(job["precision"] == "tf32")
    module = importlib.import_module(job["module"])
    precision = "bfloat16" if job["precision"] == "bfloat16" else "float32"
    contestant = module.Contestant(problem, precision, job["option"])
    if job["phase"] == "check":
        return check(contestant, Path(job["out"]).with_suffix(".npz"))
    return measure(contestant, job["phase"], job["repeats"], job["seconds"])


def check(contestant, path):
    found = contestant.check()
    flat = {
        f"{variant}/{key}": array
        for variant, arrays in found.items()
        for key, array in arrays.items()
    }
    np.savez(path, **flat)
    return {"arrays": str(path)}


def measure(contestant, work, repeats, at_least):
    """Seconds of all calls, variants in turn, so that all share the noise.

    `repeats` calls are timed, and of quick ones as many as fill `at_least`
    seconds.
    """
    calls = contestant.variants(work)
    seconds = {name: [] for name in calls}
    numbers = {name: [] for name in calls}
    begun = time.perf_counter()
    for count in itertools.count():
        full = time.perf_counter() - begun > at_least
        if count >= repeats + 2 and full:  # the first, one to warm up
            break
        for name, call in calls.items():
            start = time.perf_counter()
            result = call()
            seconds[name].append(time.perf_counter() - start)
            numbers[name].append(float(contestant.to_numpy(result).mean()))
    # Before anything is counted: counting needs memory of its own.
    record = {"peak_rss_mb": peak_memory()}
    if DEVICE == "gpu":
        record["peak_device_mb"] = peak_device_memory(BACKEND)
    return record | {
        "version": contestant.version(),
        "device": device_name(),
        "gflop": contestant.gflop(work),
        "variants": {
            name: {
                "compile_s": seconds[name][0],
                "call_s": seconds[name][2:],
                "numbers": numbers[name][: repeats + 2],
            }
            for name in calls
        },
    }


def set_tensor_float(allowed):
    """Whether float32 products may be rounded on the GPU; never by default."""
    if DEVICE == "cpu":
        return
    if BACKEND == "jax":
        import jax

        precision = "tensorfloat32" if allowed else "float32"
        jax.config.update("jax_default_matmul_precision", precision)
    elif BACKEND == "torch":
        import torch

        torch.set_float32_matmul_precision("high" if allowed else "highest")
    else:
        import tensorflow as tf

        tf.config.experimental.enable_tensor_float_32_execution(allowed)


def device_name():
    if DEVICE == "cpu":
        return cpu_name()
    from keras_stunet.training.runs.environment import describe_environment

    return describe_environment()["device"]


def limit_threads(threads):
    """The same cores for all; libraries size their pools by them."""
    if DEVICE == "cpu" and hasattr(os, "sched_setaffinity"):
        allowed = sorted(os.sched_getaffinity(0))
        os.sched_setaffinity(0, allowed[:threads])


def write(path, record):
    partial = Path(path + ".partial")
    partial.write_text(json.dumps(record))
    os.replace(partial, path)


def main(path):
    limit_threads(int(os.environ["BENCHMARK_THREADS"]))
    for job in json.loads(Path(path).read_text()):
        try:
            record = do_job(job)
        except Exception:  # the other contestants go on
            record = {"error": traceback.format_exc()[-2000:]}
        write(job["out"], record)


if __name__ == "__main__":
    main(sys.argv[1])
