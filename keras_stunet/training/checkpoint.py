"""The whole state of a training in one file, written after each epoch."""

import json
import os
import re
import zipfile

import numpy as np
from keras import ops

from keras_stunet.training.folder import replacing

FORMAT = "keras_stunet.checkpoint.1"


def save_checkpoint(path, model, progress):
    """Write the state of a training, under a temporary name first.

    Saved are all variables of the model, also those that Keras's own files
    leave out (the state of seed generators), and of its optimizer.

    Args:
        path: File to write, `.npz`.
        model: A compiled model.
        progress: Anything that JSON holds: epochs done, history, best score.
    """
    arrays = {
        f"variable_{i}": ops.convert_to_numpy(variable)
        for i, variable in enumerate(_variables(model))
    }
    record = {"format": FORMAT, "paths": _paths(model), "progress": progress}
    with replacing(path) as temporary, temporary.open("wb") as file:
        np.savez(file, record=json.dumps(record), **arrays)
        file.flush()
        os.fsync(file.fileno())


def load_checkpoint(path, model):
    """Put a saved state into a model that was built and compiled alike.

    Returns:
        The `progress` that was saved with it.

    Raises:
        ValueError: If the file is damaged or of another model.
    """
    try:
        with np.load(path, allow_pickle=False) as file:
            record = json.loads(str(file["record"]))
            arrays = [file[f"variable_{i}"] for i in range(len(file.files) - 1)]
    except (zipfile.BadZipFile, EOFError, KeyError, OSError, ValueError) as e:
        raise ValueError(
            f"{path} is no whole checkpoint ({e}). Delete it to start the "
            "training anew."
        ) from e
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


def _variables(model):
    if not model.optimizer.built:
        model.optimizer.build(model.trainable_variables)
    return [*model.variables, *model.optimizer.variables]


def _paths(model):
    return [variable.path for variable in model.variables]


def _uncounted(paths):
    # Keras numbers layers without a name by how many the process has made.
    return [re.sub(r"_\d+(?=/)", "", path) for path in paths]
