"""Who takes part, what each needs, and its process."""

import dataclasses
import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent


@dataclasses.dataclass(frozen=True)
class Entry:
    """One contestant.

    Args:
        module: File beside this one that holds its `Contestant`.
        backend: What runs the arithmetic; a Keras backend for `gcgru_ours`.
        precision: "float32", or "bfloat16" for mixed precision.
        compiled: Whether to use torch.compile.
        needs: Modules that must be there.
        install: Arguments of `pip install` when they are not.
    """

    module: str
    backend: str
    precision: str
    needs: tuple
    install: str
    compiled: bool = False

    def missing(self):
        """What to do before it can run; empty if nothing."""
        if any(importlib.util.find_spec(name) is None for name in self.needs):
            return f"not installed (pip install {self.install})"
        if self.compiled and not (shutil.which("g++") or shutil.which("c++")):
            return "not installed (torch.compile needs a C++ compiler)"
        return ""

    def run(self, phase, problem, out, threads, repeats):
        """One phase in a new process; `RuntimeError` when it fails."""
        options = [f"--precision={self.precision}", f"--repeats={repeats}"]
        options += [f"--threads={threads}"]
        options += ["--compiled"] if self.compiled else []
        script = str(HERE / "gcgru_measure.py")
        done = subprocess.run(
            [
                sys.executable,
                script,
                phase,
                self.module,
                problem,
                out,
                *options,
            ],
            env=os.environ | self._environment(threads),
            capture_output=True,
            text=True,
        )
        if done.returncode:
            raise RuntimeError(
                f"{self.module} ({self.backend}) failed in the phase "
                f"{phase!r}:\n{done.stderr[-2000:]}"
            )

    def _environment(self, threads):
        names = ["OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"]
        names += ["TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS"]
        cpu_only = {"CUDA_VISIBLE_DEVICES": "", "JAX_PLATFORMS": "cpu"}
        quiet = {"TF_CPP_MIN_LOG_LEVEL": "3"}
        keras = {}
        if self.module == "gcgru_ours":
            keras = {"KERAS_BACKEND": self.backend}
        return dict.fromkeys(names, str(threads)) | cpu_only | quiet | keras


def _ours(backend, precision, install):
    return Entry("gcgru_ours", backend, precision, (backend,), install)


def _dense(precision, compiled):
    needs = ("torch",)
    return Entry("gcgru_torch", "torch", precision, needs, "torch", compiled)


CONTESTANTS = {
    "ours-tensorflow": _ours("tensorflow", "float32", "tensorflow-cpu"),
    "ours-tensorflow-bf16": _ours("tensorflow", "bfloat16", "tensorflow-cpu"),
    "ours-jax": _ours("jax", "float32", "jax"),
    "torch-eager": _dense("float32", compiled=False),
    "torch-compile": _dense("float32", compiled=True),
    "torch-compile-bf16": _dense("bfloat16", compiled=True),
    "pyg-temporal": Entry(
        "gcgru_pyg",
        "torch",
        "float32",
        ("torch", "torch_geometric", "torch_geometric_temporal"),
        "torch torch_geometric, then --no-deps torch-geometric-temporal",
    ),
}
