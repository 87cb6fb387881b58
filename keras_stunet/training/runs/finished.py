"""A finished run: what `evaluate` and `forecast` start from."""

import json
from pathlib import Path
from typing import NamedTuple

import keras

from keras_stunet.files import read_json
from keras_stunet.files import write_text
from keras_stunet.training.runs.folder import BEST
from keras_stunet.training.runs.folder import CONFIG
from keras_stunet.training.runs.folder import FORMAT
from keras_stunet.training.runs.run_data import series_sha256

SENSORS = "sensors.json"
RESUME = "Go on with the run: `keras-stunet train ... --resume`."


class FinishedRun(NamedTuple):
    """A trained model and what its inputs have to look like.

    Attributes:
        folder: The run folder.
        config: What the run was started with, from `config.json`.
        sensors: Names of the N sensors, in the model's order.
        minutes_per_step: Minutes between two readings.
        fill: What stands for a missing reading: the training mean.
        unit: Unit of the readings, `None` where unknown.
        sha256: Check sum of the series, see `run_data.series_sha256`.
        model: The model that was best on validation.
        utc_offset: Hours that the clock of the training data is ahead of
            UTC, `None` where they did not say.
        std: Standard deviation of the training readings, `None` in runs of
            before it was kept.
    """

    folder: Path
    config: dict
    sensors: list[str]
    minutes_per_step: float
    fill: float
    unit: str | None
    sha256: str
    model: keras.Model
    utc_offset: float | None = None
    std: float | None = None


def save_sensors(folder, series, splits, unit):
    """Write `sensors.json`: names, interval, scale, unit, clock, sum.

    Raises:
        ValueError: If the run was started with other data.
    """
    path = Path(folder) / SENSORS
    sha256 = check_series(folder, series)
    names = series.node_ids
    names = range(series.num_nodes) if names is None else names
    record = {
        "sensors": [str(name) for name in names],
        "minutes_per_step": 24 * 60 / splits.train.steps_per_day,
        "fill": splits.mean,
        "std": splits.std,
        "unit": unit,
        "sha256": sha256,
        "utc_offset": series.utc_offset,
    }
    write_text(path, json.dumps(record, indent=1))


def check_series(folder, series):
    """The check sum of a series, which has to be that of a run in a folder.

    Raises:
        ValueError: If the run was started with other data.
    """
    path = Path(folder) / SENSORS
    now = series_sha256(series)
    if path.exists():
        check_same_data(folder, read_json(path, RESUME).get("sha256"), now)
    return now


def check_same_data(folder, before, now):
    """Raise unless the check sum of a series is that of the run.

    Raises:
        ValueError: If it is not.
    """
    if before != now:
        raise ValueError(
            f"The data are not those that the run in {folder} was started "
            "with: readings, gaps, times, sensors or graph differ. Give the "
            "same data, or train in another folder (--out)."
        )


def load_run(folder):
    """Load the best model of a run and what it was trained on.

    Args:
        folder: A run folder of `keras-stunet train`.

    Returns:
        A `FinishedRun`.

    Raises:
        FileNotFoundError: If there is no run in the folder, or no epoch of
            it is finished.
        ValueError: If a file is damaged or of another version.
    """
    folder = Path(folder)
    for name, mend in (
        (CONFIG, "Give the --out folder of `keras-stunet train`."),
        (SENSORS, RESUME),
        (BEST, RESUME),
    ):
        if not (folder / name).is_file():
            raise FileNotFoundError(
                f"There is no {name} in {folder}; expected the folder of a "
                f"run with at least one finished epoch. {mend}"
            )
    again = "Train again in another folder."
    config = read_json(folder / CONFIG, again)
    if config.get("format") != FORMAT:
        raise ValueError(
            f"The run in {folder} was written by another version: its "
            f"`format` is {config.get('format')!r}; expected {FORMAT!r}. "
            f"{again}"
        )
    sensors = read_json(folder / SENSORS, RESUME)
    try:
        model = keras.saving.load_model(folder / BEST, compile=False)
    except Exception as error:  # by where it is damaged: a dozen kinds
        raise ValueError(
            f"{folder / BEST} could not be loaded: {error}. {again}"
        ) from error
    return FinishedRun(folder=folder, config=config, model=model, **sensors)
