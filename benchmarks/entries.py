"""A contestant by name: its code, what it needs, and its processes."""

import dataclasses
import importlib.util
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).parent
INHERITED = dict(os.environ)  # before run.py hides the GPU from itself


@dataclasses.dataclass(frozen=True)
class Entry:
    """One contestant.

    Args:
        module: File beside this one that holds its `Contestant`.
        backend: What runs the arithmetic: "tensorflow", "jax" or "torch".
        precision: "float32"; "tf32", float32 whose products may be rounded to
            TensorFloat-32; or "bfloat16" for mixed precision.
        option: What else its `Contestant` is to know, e.g. "compiled".
        needs: Modules that must be there beside the backend.
        install: Arguments of `pip install` when they are not.
        devices: Where it takes part.
    """

    module: str
    backend: str
    precision: str = "float32"
    option: str = ""
    needs: tuple = ()
    install: str = ""
    devices: tuple = ("cpu", "gpu")

    def missing(self):
        """What to do before it can run; empty if nothing."""
        names = (self.backend, *self.needs)
        if any(importlib.util.find_spec(name) is None for name in names):
            return f"not installed (pip install {self.install or self.backend})"
        compilers = ("g++", "c++", "clang++")
        if self.option == "compiled" and not any(map(shutil.which, compilers)):
            return "not installed (torch.compile needs a C++ compiler)"
        return ""


def ours(module, backend, precision="float32", **options):
    """An entry of this package's code."""
    return Entry(module, backend, precision, **options)


def peer(module, precision="float32", option="", **options):
    """An entry of PyTorch code."""
    return Entry(module, "torch", precision, option, **options)


GPU = {"devices": ("gpu",)}


def our_entries(module):
    """Both backends in the precisions that pay on either kind of device."""
    return {
        "ours-tensorflow": ours(module, "tensorflow"),
        "ours-tensorflow-tf32": ours(module, "tensorflow", "tf32", **GPU),
        "ours-tensorflow-bf16": ours(module, "tensorflow", "bfloat16"),
        "ours-jax": ours(module, "jax"),
        "ours-jax-tf32": ours(module, "jax", "tf32", **GPU),
        # On a CPU slower than float32.
        "ours-jax-bf16": ours(module, "jax", "bfloat16", **GPU),
    }


def spectral_entries(module):
    """Those of this package on the spectral road."""
    return {
        f"{name}-spectral": dataclasses.replace(entry, option="spectral")
        for name, entry in our_entries(module).items()
        if entry.precision != "tf32"
    }


def run_worker(jobs, backend, device, threads):
    """Do jobs of one backend in one new process.

    Args:
        jobs: List of dicts, see worker.py. Each has a path `out`.

    Returns:
        For each job, what it left in `out`: a dict. One that failed has
        `"error"`, the reason.
    """
    with tempfile.TemporaryDirectory() as folder:
        listed = Path(folder) / "jobs.json"
        listed.write_text(json.dumps(jobs))
        done = subprocess.run(
            [sys.executable, HERE / "worker.py", listed],
            env=INHERITED | environment(backend, device, threads),
            capture_output=True,
            text=True,
        )
    died = {
        "error": f"its process ended with {done.returncode}: "
        f"{done.stderr[-2000:]}"
    }
    paths = [Path(job["out"]) for job in jobs]
    return [json.loads(p.read_text()) if p.exists() else died for p in paths]


def environment(backend, device, threads):
    """Environment variables of a process: backend, device and threads."""
    names = ["OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"]
    names += ["TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS"]
    variables = {"TF_CPP_MIN_LOG_LEVEL": "3", "KERAS_BACKEND": backend}
    variables["JAX_TRACEBACK_FILTERING"] = "off"  # the last line is the error
    if device == "cpu":
        variables |= dict.fromkeys(names, str(threads))
        variables |= {"CUDA_VISIBLE_DEVICES": "", "JAX_PLATFORMS": "cpu"}
    variables["BENCHMARK_DEVICE"] = device
    variables["BENCHMARK_THREADS"] = str(threads)
    return variables
