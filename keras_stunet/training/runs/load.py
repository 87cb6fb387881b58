"""A run that was made: from its folder, or from a preset."""

from pathlib import Path

import keras

from keras_stunet.files import read_json
from keras_stunet.messages import warn_user
from keras_stunet.models.presets import find_preset
from keras_stunet.models.presets import is_preset
from keras_stunet.models.presets import load_preset
from keras_stunet.models.presets import preset_names
from keras_stunet.models.presets import read_metadata
from keras_stunet.training.checkpoint import read_progress
from keras_stunet.training.runs.folder import BEST
from keras_stunet.training.runs.folder import CHECKPOINT
from keras_stunet.training.runs.folder import CONFIG
from keras_stunet.training.runs.folder import GRAPH
from keras_stunet.training.runs.folder import SENSORS
from keras_stunet.training.runs.folder import SERIES
from keras_stunet.training.runs.folder import read_config
from keras_stunet.training.runs.folder import read_metrics
from keras_stunet.training.runs.run import KNOWN
from keras_stunet.training.runs.run import NEEDED
from keras_stunet.training.runs.run import RESUME
from keras_stunet.training.runs.run import Run


def load_run(folder):
    """Read a run that has a model, and what it was trained on.

    A note says so where its training is not finished.

    Args:
        folder: A run folder of `keras-stunet train`, or a preset: one of
            `preset_names`, or a folder that `preset_of_run` wrote.

    Returns:
        A `Run`.

    Raises:
        FileNotFoundError: If there is no run in the folder, or no epoch of
            it is finished.
        ValueError: If a file is damaged or of another version.
    """
    if is_preset(folder):
        return _of_preset(find_preset(folder))
    folder = Path(folder)
    for name, hint in (
        (CONFIG, "Give the --out folder of `keras-stunet train`."),
        (SENSORS, RESUME),
        (BEST, RESUME),
    ):
        if not (folder / name).is_file():
            raise FileNotFoundError(
                f"There is no {name} in {folder}; expected the folder of a "
                f"run with at least one finished epoch. {hint}"
                f"{_presets_there(folder)}"
            )
    again = "Train again in another folder."
    config = read_config(folder / CONFIG, again)
    sensors = read_json(folder / SENSORS, RESUME)
    for name in NEEDED:
        if name not in sensors:
            raise ValueError(f"{folder / SENSORS} has no {name!r}. {again}")
    try:
        model = keras.saving.load_model(folder / BEST, compile=False)
    except Exception as error:  # by where it is damaged: a dozen kinds
        raise ValueError(
            f"{folder / BEST} could not be loaded: {error}. {again}"
        ) from error
    known = {name: sensors[name] for name in KNOWN if name in sensors}
    copy = folder / SERIES
    metrics = read_metrics(folder)
    if metrics is None:
        _warn_of_unfinished(folder, config["recipe"]["epochs"])
    return Run(
        folder,
        config,
        model=model,
        metrics=metrics,
        dataset=str(copy) if copy.exists() else config["dataset"],
        **known,
    )


def _warn_of_unfinished(folder, epochs):
    progress = read_progress(folder / CHECKPOINT)
    if progress is None or len(progress["history"]) >= epochs:
        return
    warn_user(
        f"The training in {folder} is not finished: it is in epoch "
        f"{len(progress['history']) + 1} of {epochs}. Taken is its best model "
        "so far."
    )


def preset_metadata(folder):
    """What a preset says of the run that it was made from, a dict.

    Raises:
        ValueError: If it was not made from a run, or is damaged.
    """
    metadata = read_metadata(folder)
    if "run" not in metadata:
        raise ValueError(
            f"The preset in {folder} was not made from a run: it does not say "
            "what it was trained on. Load its model with "
            "`Forecaster.from_preset`."
        )
    return metadata


def _of_preset(folder):
    metadata = preset_metadata(folder)
    graph = folder / GRAPH
    return Run(
        folder,
        metadata["run"],
        model=load_preset(folder),
        metrics=metadata["metrics"],
        dataset=metadata["run"]["dataset"],
        graph=graph if graph.is_file() else None,
        **metadata["sensors"],
    )


def _presets_there(folder):
    names = preset_names()
    if folder.exists() or not names:
        return ""
    return f" Presets are {', '.join(names)}."
