"""What a result was made with: commit, versions, backend, device."""

import os
import platform
import subprocess
from importlib import metadata
from pathlib import Path

import keras


def describe_environment(devices=1):
    """Commit, versions, backend and device, as a dict of strings.

    Args:
        devices: How many are at work, in all processes.
    """
    backend = keras.backend.backend()
    device = _device(backend)
    return {
        "commit": _commit(),
        "keras_stunet": _version("keras_stunet"),
        "keras": keras.__version__,
        "backend": f"{backend} {_backend_version(backend)}",
        "python": platform.python_version(),
        "device": f"{devices} x {device}" if devices > 1 else device,
    }


def _commit():
    try:
        # Installed below another project's checkout, its commit is not ours.
        _git("ls-files", "--error-unmatch", Path(__file__).name)
        commit = _git("describe", "--always", "--abbrev=10")
        # Rows of results, which runs add to, are not what they ran with.
        places = ("--", ":(top)", ":(top,exclude)results")
        changes = _git("status", "--porcelain", "-uno", *places)
        return f"{commit}-dirty" if changes else commit
    except (OSError, subprocess.CalledProcessError):
        return "unknown"


def _git(*arguments):
    return subprocess.run(
        ["git", *arguments],
        cwd=Path(__file__).parent,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.strip()


def _version(package):
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return "unknown"


def _backend_version(backend):
    import importlib

    return importlib.import_module(backend).__version__


def _device(backend):
    if backend == "jax":
        import jax

        device = jax.devices()[0]
        if device.platform != "cpu":
            return device.device_kind
    if backend == "tensorflow":
        import tensorflow as tf

        gpus = tf.config.list_physical_devices("GPU")
        if gpus:
            details = tf.config.experimental.get_device_details(gpus[0])
            return details.get("device_name", "GPU")
    if backend == "torch":
        import torch

        if torch.cuda.is_available():
            return torch.cuda.get_device_name()
    return f"CPU, {os.cpu_count()} cores"
