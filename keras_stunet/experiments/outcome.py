"""What a job came to: its state, from its folder and its row."""

import contextlib
import json
from pathlib import Path

from keras_stunet.experiments.jobs import KEY
from keras_stunet.experiments.rows import DONE
from keras_stunet.experiments.rows import FAILED
from keras_stunet.experiments.rows import put_row
from keras_stunet.files import json_form
from keras_stunet.files import read_json
from keras_stunet.files import write_text
from keras_stunet.processes import peak_mb
from keras_stunet.training.recipe import without_gone
from keras_stunet.training.results import run_row
from keras_stunet.training.runs.folder import CONFIG
from keras_stunet.training.runs.folder import METRICS
from keras_stunet.training.runs.folder import differences

FAILURE = "failure.json"
MEMORY = "memory.json"
# Exit status of a run
BUSY = 75  # whose folder another process writes to
UNAVAILABLE = 69  # that needs a package which is not installed
INTERRUPTED = 130  # after Ctrl-C


def collect(job, folder, results):
    """Put the row of a job whose run has ended, if it has.

    A run has ended with its `metrics.json` or a `failure.json`; what the
    process that watched it did not live to write is written here.

    Returns:
        The row's status, or `None` if the run has not ended.

    Raises:
        ValueError: If a file of the run is damaged, or the run is of another
            job, such as one that was copied to the wrong place.
        OSError: If the row cannot be written.
    """
    if (folder / METRICS).exists():
        check_run(folder, job)
        row, status = run_row(folder), DONE
    elif (folder / FAILURE).exists():
        row = read_json(folder / FAILURE, "Delete it to run the job again.")
        status = row.pop("status")
    else:
        return None
    own = dict(zip(KEY, job.key, strict=True))
    own |= {"status": status, "peak_mb": read_peak(folder)}
    put_row(results, {**row, **own})
    return status


def check_run(folder, job):
    """Raise a ValueError if a folder holds a run of another job."""
    if not (folder / CONFIG).exists():
        return
    config = read_json(folder / CONFIG, f"Delete {folder} to run it again.")
    # An option of a fitted system may be called like what only trainings have.
    ran = {**config["recipe"], **config["model"]}
    ran["model"] = ran.pop("name")
    asked = {**job.arguments, "seed": job.seed}
    if not job.classical:
        asked["precision"] = job.precision
    ran, asked = json_form(ran), json_form(without_gone(asked))
    both = ran.keys() & asked.keys()  # defaults and places are not asked for
    ran, asked = ({key: of[key] for key in both} for of in (ran, asked))
    changes = "; ".join(
        f"{key}: {old!r} then, {new!r} now"
        for key, old, new in differences(ran, asked)
    )
    if changes:
        raise ValueError(
            f"The run in {folder} was started from another config or budget: "
            f"{changes}. Write to another folder (--out), or delete this one "
            "and its row."
        )


def status_of(error):
    """What a table says of a run that ended with an error."""
    # TensorFlow names the class so, JAX begins the message so.
    exhausted = "ResourceExhausted" in type(error).__name__
    if "RESOURCE_EXHAUSTED" in str(error) or exhausted:
        return "out of memory"
    if isinstance(error, MemoryError):
        return "out of memory"
    if isinstance(error, ValueError) and "training diverged" in str(error):
        return "diverged"
    return "failed"


def note_failure(folder, status, message, **known):
    """Write `failure.json`: how and why a run ended before its scores.

    Args:
        folder: The run folder; it need not exist.
        status: One of `FAILED`.
        message: Why.
        **known: Further columns of its row.
    """
    if status not in FAILED:
        raise ValueError(f"`status` is {status!r}; expected one of {FAILED}.")
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    message = " ".join(str(message).split())[:500]  # a cell of a table
    failure = {"status": status, "message": message, **known}
    write_text(folder / FAILURE, json.dumps(failure, indent=1))


def note_peak(folder):
    """Write `memory.json`: the most of all processes that made a run.

    On a GPU it is that of its arrays, else of the process. A number is not
    worth a run: where it cannot be had or written, nothing is written.

    Args:
        folder: The run folder; nothing is written if it does not exist.
    """
    now = _gpu_peak_mb() or peak_mb()
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


def _gpu_peak_mb():
    """The most that arrays took so far on one GPU, in MiB, or `None`."""
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
