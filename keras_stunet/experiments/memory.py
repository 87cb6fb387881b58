"""The most memory that a run held, on its own record in the run folder."""

import contextlib
import json
import re
import sys
from pathlib import Path

from keras_stunet.files import read_json
from keras_stunet.files import write_text

MEMORY = "memory.json"


def note_peak(folder):
    """Write `memory.json`: the most of all processes that made a run.

    On a GPU it is that of its arrays, else of the process. A number is not
    worth a run: where it cannot be had or written, nothing is written.

    Args:
        folder: The run folder; nothing is written if it does not exist.
    """
    now = gpu_peak_mb() or peak_mb()
    folder = Path(folder)
    if now is None or not folder.is_dir():
        return
    with contextlib.suppress(OSError, ValueError):
        peak = max(now, read_peak(folder) or 0)
        write_text(folder / MEMORY, json.dumps({"peak_mb": peak}))


def read_peak(folder):
    """The peak of a run in MiB, `""` if it is not known.

    Raises:
        ValueError: If the file is damaged.
    """
    path = Path(folder) / MEMORY
    if not path.exists():
        return ""
    return read_json(path, "Delete it.").get("peak_mb", "")


def peak_mb():
    """The most resident memory that this process held so far, in MiB.

    Returns:
        An integer, or `None` where the system does not say.
    """
    # On Linux getrusage also counts what the parent held when it started us.
    with contextlib.suppress(OSError):
        status = Path("/proc/self/status").read_text()
        if found := re.search(r"VmHWM:\s*(\d+) kB", status):
            return round(int(found[1]) / 2**10)
    if sys.platform != "darwin":
        return None
    import resource

    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20)


def gpu_peak_mb():
    """The most memory that arrays took so far on one GPU, in MiB.

    Returns:
        An integer, or `None` where no GPU is at work or none says it.
    """
    import keras

    backend, peaks = keras.backend.backend(), []
    if backend == "jax":
        import jax

        gpus = [each for each in jax.local_devices() if each.platform == "gpu"]
        peaks = [gpu.memory_stats() or {} for gpu in gpus]
        peaks = [stats.get("peak_bytes_in_use", 0) for stats in peaks]
    elif backend == "tensorflow":
        import tensorflow as tf

        info = tf.config.experimental.get_memory_info
        gpus = range(len(tf.config.list_physical_devices("GPU")))
        peaks = [info(f"GPU:{number}")["peak"] for number in gpus]
    return round(max(peaks, default=0) / 2**20) or None
