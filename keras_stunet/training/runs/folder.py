"""The run folder: its files, checked first and never half-written."""

import contextlib
import dataclasses
import datetime
import math
from pathlib import Path

import keras

from keras_stunet.files import json_form
from keras_stunet.files import read_json
from keras_stunet.files import write_json
from keras_stunet.training.recipe import Recipe
from keras_stunet.training.recipe import without_gone

FORMAT = "keras_stunet.run.3"
CONFIG = "config.json"
CHECKPOINT = "checkpoint.npz"
BEST = "model.keras"
HISTORY = "history.csv"
ERRORS = "errors.csv"
METRICS = "metrics.json"
TABLE = "table.md"
SENSORS = "sensors.json"
SERIES = "series.npz"
# Of a preset whose graph is not that of its data set.
GRAPH = "graph.npz"

# Options of a model that came later, at the value of a run before them.
NEW = {
    "mask_channel": False,
    "targets": None,
    "scale": "all",
    "non_negative": False,
    "quantiles": None,
    "profile": False,
}
# What `config.json` keeps and does not identify a run by.
RECORD = ("files", "unit")

# Endings of the files of a run; other files in the folder are left alone.
ENDINGS = {
    ".csv",
    ".gif",
    ".json",
    ".keras",
    ".md",
    ".npz",
    ".partial",
    ".png",
    ".svg",
}


def run_config(
    dataset,
    protocol,
    parts,
    model_options,
    recipe,
    source=None,
    files=None,
    unit=None,
    parent=None,
    seeds=1,
):
    """What identifies a run, for `config.json`.

    Not a part of it are the backend, where the data lie if `source` says
    which they are, and files and unit, which are kept for the record: a run
    can be gone on with elsewhere.

    Args:
        dataset: Name or file of the data.
        protocol: As in `make_windows`.
        parts: As in `make_windows`.
        model_options: A dict, ready for JSON.
        recipe: A `Recipe`.
        source: The key of `keras_stunet.data.catalog.SOURCES` that the data
            are known by, if there is one.
        files: What the data were read from, see `run_data.described_files`.
        unit: Unit of the readings, where the user says it.
        parent: What `Parent.identity` says of the run whose weights this one
            starts from, if there is one.
        seeds: How many models are trained.
    """
    config = {
        "format": FORMAT,
        "dataset": dataset,
        "source": source,
        "protocol": protocol,
        "parts": parts,
        "model": model_options,
        "recipe": dataclasses.asdict(recipe),
        "backend": keras.backend.backend(),
    }
    config |= {"files": files} if files else {}
    config |= {"unit": unit} if unit else {}
    config |= {"seeds": seeds} if seeds > 1 else {}
    if parent is not None:
        config["parent"] = parent
    return json_form(config)


def check_folder(folder, config, resume):
    """Raise unless a run can go to `folder`; writes nothing.

    Args:
        folder: Where to write; it need not exist.
        config: What the run is started with, see `run_config`.
        resume: Whether a run in the folder is gone on with. Without a run in
            it one is started, so that one command serves first and later
            starts.

    Raises:
        ValueError: If the folder holds a run and `resume` is off, or one of
            another version or with another configuration.
    """
    written = Path(folder) / CONFIG
    if not written.exists():
        if (Path(folder) / SERIES).exists():
            raise ValueError(
                f"{folder} holds a {SERIES} that is no run's. Choose another "
                "folder (--out)."
            )
        return
    if not resume:
        raise ValueError(
            f"{folder} already holds a run. Go on with it (--resume), or "
            "choose another folder (--out)."
        )
    before = read_config(written)
    different = [
        f"{key}: {old!r} then, {new!r} now"
        for key, old, new in differences(_identity(before), _identity(config))
    ]
    if different:
        raise ValueError(
            f"The run in {folder} was started with other options: "
            f"{'; '.join(different)}. Repeat those, or choose another folder "
            "(--out)."
        )


def as_decided(folder, config):
    """A configuration, with what it leaves to the data as decided before.

    Args:
        folder: The run folder; it need not exist.
        config: What the run is started with, see `run_config`.

    Raises:
        ValueError: As `read_config`.
    """
    written = Path(folder) / CONFIG
    model = config["model"]
    if not written.exists() or model.get("scale", "all") is not None:
        return config
    before = {**NEW, **read_config(written)["model"]}
    return {**config, "model": {**model, "scale": before["scale"]}}


def write_config(folder, config):
    """Make the run folder and its `config.json`, after `check_folder`.

    What a kill left half-written is taken away. A run that goes on elsewhere
    says where its data lie now.

    Returns:
        The folder, as a path.

    Raises:
        ValueError: If the folder holds a `config.json` that cannot be read.
        OSError: If the folder cannot be written.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    for path in folder.glob("*.tmp.*"):
        if path.suffix in ENDINGS:
            with contextlib.suppress(OSError):
                path.unlink()
    written = folder / CONFIG
    if not written.exists() or read_config(written) != config:
        write_json(written, config)
    return folder


def read_config(path, hint=None):
    """Read the `config.json` of a run.

    Args:
        path: The file.
        hint: What to do if it cannot be read, a sentence; by default what
            helps where a run is to be made.

    Raises:
        ValueError: If it is damaged or of another version.
    """
    config = read_json(
        path, hint or "Choose another folder (--out), or delete this one."
    )
    if config.get("format") != FORMAT:
        hint = hint or (
            "Use the version that started it, or choose another folder (--out)."
        )
        raise ValueError(
            f"The run in {path.parent} was written by another version: its "
            f"`format` is {config.get('format')!r}; expected {FORMAT!r}. {hint}"
        )
    return config


def _identity(config):
    # A checkpoint holds for all backends. A run of before an option existed
    # is one with its default.
    others = ("backend", *RECORD)
    rest = {key: config[key] for key in config if key not in others}
    recipe = without_gone(config["recipe"])
    return json_form(
        {
            **rest,
            "dataset": config.get("source") or config.get("dataset"),
            "source": None,
            "model": {**NEW, **config["model"]},
            "recipe": {**dataclasses.asdict(Recipe()), **recipe},
        }
    )


def differences(before, now, prefix=""):
    """Yield `(key, old, new)` of what differs, inner keys as `outer.inner`."""
    for key in sorted(before.keys() | now.keys()):
        old, new = before.get(key), now.get(key)
        if isinstance(old, dict) and isinstance(new, dict):
            yield from differences(old, new, f"{prefix}{key}.")
        elif old != new:
            yield f"{prefix}{key}", old, new


def write_metrics(folder, test, best, environment, **metrics):
    """Write `metrics.json`; where it is, the run is trained and scored.

    Args:
        folder: The run folder.
        test: Scores on the test windows.
        best: Which epoch counts, and its errors on validation.
        environment: From `describe_environment`.
        **metrics: `epochs`, `parameters`, `minutes_per_step`, and the
            `seconds` of training and validation; where the run was
            `resumed`; the `report_steps` of the table, where they are chosen;
            the `units` of several targets.

    Returns:
        All that was written; numbers that are not finite stand as they are,
        which in the file are null.
    """
    metrics = {
        "test": test,
        "best": best,
        **metrics,
        "date": datetime.date.today().isoformat(),
        "environment": environment,
    }
    write_json(Path(folder) / METRICS, metrics)
    return metrics


def read_metrics(folder):
    """The metrics of a finished run, or `None`.

    Raises:
        ValueError: If the file is damaged.
    """
    path = Path(folder) / METRICS
    if not path.exists():
        return None
    metrics = read_json(path, "Delete it and score again, with --resume.")
    return {**metrics, "test": _with_infinities(metrics.get("test", {}))}


def _with_infinities(scores):
    # Beside an MAE it is MAPE that has no value, as a true reading is 0.
    lost = math.nan if scores.get("mae") is None else math.inf
    found = {}
    for name, score in scores.items():
        if isinstance(score, dict):
            score = _with_infinities(score)
        found[name] = lost if score is None else score
    return found
