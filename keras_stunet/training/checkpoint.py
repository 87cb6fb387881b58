"""The whole state of a training in one file, written after each epoch."""

import contextlib
import io
import json
import re
import warnings
from pathlib import Path

import keras
import numpy as np
from keras import ops

from keras_stunet.files import atomic_write
from keras_stunet.training.runs.folder import BEST
from keras_stunet.training.runs.folder import CHECKPOINT

FORMAT = "keras_stunet.checkpoint.1"


class DamagedCheckpoint(ValueError):
    """A checkpoint that is cut short, altered or not there."""


def previous_checkpoint(path):
    """Where the checkpoint before the one at `path` is kept."""
    path = Path(path)
    return path.with_name(f"{path.stem}.previous{path.suffix}")


def save_checkpoint(path, model, progress):
    """Write the state of a training, and keep the state before it.

    Saved are all variables of the model, also those that Keras's own files
    leave out (the state of seed generators), and of its optimizer. The new
    file is whole and on the disk before the two renames, so at every moment
    at least one whole checkpoint has its name.

    Args:
        path: File to write, `.npz`.
        model: A compiled model.
        progress: Dict that JSON can hold; `"history"` is a list with one
            entry an epoch.

    Raises:
        OSError: If the file cannot be written; the old ones are then kept.
    """
    arrays = {
        f"variable_{i}": ops.convert_to_numpy(variable)
        for i, variable in enumerate(_variables(model))
    }
    record = {"format": FORMAT, "paths": _paths(model), "progress": progress}
    previous = previous_checkpoint(path)
    with (
        atomic_write(path, keep=previous) as temporary,
        temporary.open("wb") as file,
    ):
        np.savez(file, record=json.dumps(record), **arrays)


def load_newest_checkpoint(path, model):
    """Put the newest whole state into a model that was built alike.

    If the file at `path` is damaged, the state before it is loaded, with a
    warning, and takes its name.

    Returns:
        The `progress` that was saved with it, or `None` if there is none.

    Raises:
        ValueError: If there is a checkpoint, but no whole one, or it is of
            another model.
        OSError: If a checkpoint cannot be read.
    """
    path = Path(path)
    previous = previous_checkpoint(path)
    if not path.exists() and not previous.exists():
        return None
    try:
        return load_checkpoint(path, model)
    except DamagedCheckpoint as error:
        newest = error
    try:
        progress = load_checkpoint(previous, model)
    except DamagedCheckpoint as error:
        # Another process of this training may have come first and renamed it.
        with contextlib.suppress(DamagedCheckpoint):
            return load_checkpoint(path, model)
        raise ValueError(
            f"No state to go on from: {newest}, and {error}. Delete these "
            "two files to start the training anew in this folder."
        ) from error
    warnings.warn(
        f"{newest}. Going on from the one before, {previous}, after epoch "
        f"{len(progress['history'])}.",
        stacklevel=2,
    )
    # Else the next save would keep the damaged one.
    with contextlib.suppress(FileNotFoundError):  # another process did
        previous.replace(path)
    return progress


def read_progress(path):
    """The `progress` of the newest whole checkpoint, `None` if there is none.

    Args:
        path: As in `save_checkpoint`.
    """
    path = Path(path)
    for one in (path, previous_checkpoint(path)):
        with contextlib.suppress(DamagedCheckpoint, OSError):
            return _read_record(one).get("progress")
    return None


def load_checkpoint(path, model):
    """Put a saved state into a model that was built and compiled alike.

    Returns:
        The `progress` that was saved with it.

    Raises:
        DamagedCheckpoint: If the file is not whole, a `ValueError`.
        ValueError: If it is of another model.
        OSError: If it cannot be read.
    """
    record, arrays = _read(Path(path))
    variables = _variables(model)
    shapes = [tuple(variable.shape) for variable in variables]
    if (
        record.get("format") != FORMAT
        or _uncounted(record["paths"]) != _uncounted(_paths(model))
        or [array.shape for array in arrays] != shapes
    ):
        raise ValueError(
            f"{path} holds the state of another model or version; expected "
            f"{len(variables)} variables of {model.name!r} as it is built "
            "now. Resume with the options the run was started with."
        )
    for variable, array in zip(variables, arrays, strict=True):
        variable.assign(array)
    return record["progress"]


def restore(folder, model, environment):
    """What was done in a run folder; the model takes the state it ended in.

    Args:
        folder: The run folder.
        model: The compiled model; unchanged if nothing was done yet.
        environment: From `describe_environment`. A run that goes on under
            other code or elsewhere says so, from when on.

    Returns:
        Dict of `seconds`, `history`, `best`, `environment` and `resumed`.

    Raises:
        ValueError: If there is a state but no whole one, it is of another
            model, or the best model that belongs to it is not there.
        OSError: If a file cannot be read.
    """
    record = load_newest_checkpoint(folder / CHECKPOINT, model)
    if record is None:
        return {
            "seconds": 0.0,
            "history": [],
            "best": {"epoch": 0},
            "environment": environment,
            "resumed": [],
        }
    if not _last_is_best(record) and not (folder / BEST).exists():
        raise ValueError(
            f"{folder / BEST} is not there, the best model so far (epoch "
            f"{record['best']['epoch']}), though {folder / CHECKPOINT} is. "
            "Put it back, or start anew in another folder (--out)."
        )
    resumed = record["resumed"]
    before = {**(resumed[-1] if resumed else record["environment"])}
    before.pop("first_epoch", None)
    if before != environment:
        first = len(record["history"]) + 1
        resumed.append({"first_epoch": first, **environment})
    return record


def write_best(folder, model, record, devices):
    """Write the best model, if it is the state that the model is in.

    As a training goes on, too: a kill may have come before it. Not in the
    `scope` of devices: there, what a save makes would wait for the other
    processes.

    Raises:
        OSError: If it cannot be written.
    """
    if not (record["history"] and _last_is_best(record)):
        return
    with averaged_weights(model):  # all processes take part
        if devices.writes:
            with atomic_write(folder / BEST) as temporary, devices.alone():
                model.save(temporary)


@contextlib.contextmanager
def averaged_weights(model):
    """Context in which a model has the moving average of its weights.

    Nothing is changed where it is trained without one.
    """
    optimizer = model.optimizer
    optimizer = getattr(optimizer, "inner_optimizer", optimizer)
    if not optimizer.use_ema:
        yield
        return
    swap = keras.callbacks.SwapEMAWeights()
    swap.set_model(model)
    swap.on_test_begin()
    try:
        yield
    finally:
        swap.on_test_end()


def _read(path):
    with _opened(path) as file:
        count = len(file.files) - 1
        arrays = [file[f"variable_{i}"] for i in range(count)]
        return json.loads(str(file["record"])), arrays


def _read_record(path):
    with _opened(path) as file:
        return json.loads(str(file["record"]))


@contextlib.contextmanager
def _opened(path):
    try:
        data = path.read_bytes()
    except FileNotFoundError as error:
        raise DamagedCheckpoint(f"{path} is not there") from error
    try:
        with np.load(io.BytesIO(data), allow_pickle=False) as file:
            yield file
    except Exception as error:  # by where it is damaged: a dozen kinds
        raise DamagedCheckpoint(
            f"{path} is no whole checkpoint ({error})"
        ) from error


def _variables(model):
    if not model.optimizer.built:
        model.optimizer.build(model.trainable_variables)
    return [*model.variables, *model.optimizer.variables]


def _paths(model):
    return [variable.path for variable in model.variables]


def _uncounted(paths):
    # Keras numbers layers without a name by how many the process has made.
    return [re.sub(r"_\d+(?=/)", "", path) for path in paths]


def _last_is_best(record):
    return record["best"]["epoch"] == len(record["history"])
