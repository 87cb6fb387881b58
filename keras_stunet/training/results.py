"""One run as one row of a table of results.

python -m keras_stunet.training.results RUN_FOLDER CSV
"""

import csv
import sys
from pathlib import Path

from keras_stunet.evaluation.table import is_by_target
from keras_stunet.files import read_json
from keras_stunet.files import write_rows
from keras_stunet.locks import file_lock
from keras_stunet.messages import warn_user
from keras_stunet.metrics import ALL_STEPS
from keras_stunet.models import MODELS
from keras_stunet.training.runs.folder import CONFIG
from keras_stunet.training.runs.folder import FORMAT
from keras_stunet.training.runs.folder import METRICS
from keras_stunet.training.runs.folder import NEW
from keras_stunet.training.runs.folder import SENSORS
from keras_stunet.training.runs.folder import read_metrics

AGAIN = "Train again in another folder."
# What a row says was written alike by all.
FORMATS = ("keras_stunet.run.2", FORMAT)
ERRORS = ("mae", "rmse", "mape")
MINUTES = (15, 30, 60)
# Options that came later, where they change nothing.
UNSAID = [
    (key, NEW[key]) for key in ("targets", "scale", "non_negative", "quantiles")
]


def append_row(path_csv, run_folder):
    """Append a finished run to a csv file, made with a header if missing.

    Args:
        path_csv: The file; it is rewritten whole or not at all.
        run_folder: A run folder with `config.json` and `metrics.json`.

    Returns:
        The row, as a dict of strings and numbers; of several targets the last
        one of theirs.

    Raises:
        FileNotFoundError: If the run is not finished.
        ValueError: If a file of the run is damaged or of another version, or
            the csv file has other columns.
    """
    path_csv = Path(path_csv)
    new = run_rows(run_folder)
    row = new[-1]
    if all(row.get(f"mae_{minutes}min") == "" for minutes in MINUTES):
        warn_user(
            f"The row of {run_folder} has no errors: no step that was scored "
            f"lies {', '.join(map(str, MINUTES))} minutes ahead. They are in "
            "metrics.json."
        )
    with file_lock(path_csv, "append to another file"):
        rows = []
        if path_csv.exists() and path_csv.stat().st_size:
            with path_csv.open(newline="") as file:
                reader = csv.DictReader(file)
                rows = list(reader)
            if reader.fieldnames != list(row):
                raise ValueError(
                    f"{path_csv} has the columns {reader.fieldnames}; expected "
                    f"{list(row)}. Append to another file."
                )
        write_rows(path_csv, [*rows, *new])
    return row


def run_row(run_folder):
    """The row of a run of one target, see `run_rows`.

    Raises:
        ValueError: Also if the run has several targets.
    """
    row, *others = run_rows(run_folder)
    if others:
        raise ValueError(
            f"The run in {run_folder} has {1 + len(others)} targets, and a "
            "row for each; expected a run of one."
        )
    return row


def run_rows(run_folder):
    """What a results table says of a run; errors rounded to 4 digits.

    A run of several targets has a row for each, with its name and unit; the
    `val_mae` of all of them is over all targets, in standard units.

    Horizons that were not scored are empty. `seconds` is the time of
    training and validation. `commit` lists all commits that the run was
    trained under.
    """
    for name in (CONFIG, METRICS):
        path = Path(run_folder) / name
        if not path.is_file():
            raise FileNotFoundError(
                f"{path} is not there; expected the folder of a finished run "
                "of `keras-stunet train`."
            )
    config = read_json(Path(run_folder) / CONFIG, AGAIN)
    metrics = read_metrics(run_folder)
    written = config.get("format", FORMAT)  # the first runs did not name it
    if written not in FORMATS:
        raise ValueError(
            f"The run in {run_folder} was written by another version: its "
            f"`format` is {written!r}; expected {FORMAT!r}. Use the version "
            "that wrote it."
        )
    options, recipe = config["model"], config["recipe"]
    if "parent" in config:
        options = {**options, "from": config["parent"]["run"]}
    if "seeds" in config:
        options = {**options, "seeds": config["seeds"]}
    options = options | _known(Path(run_folder) / SENSORS)
    environments = [metrics["environment"], *metrics.get("resumed", [])]
    scores = metrics["test"]
    several = is_by_target(scores)
    first = next(iter(scores.values())) if several else scores
    row = {
        "date": metrics.get("date", ""),
        "dataset": Path(config["dataset"]).name
        if config["dataset"].endswith(".npz")
        else config["dataset"],
        "protocol": _protocol(config),
        "model": model_name(options),
        "head": options.get("head", "direct"),
        "options": " ".join(
            f"{key}={value}"
            for key, value in options.items()
            if key not in ("head", "name") and (key, value) not in UNSAID
        ),
        "loss": recipe["loss"],
        "batch_size": recipe["batch_size"],
        "learning_rate": recipe["learning_rate"],
        "epsilon": recipe["epsilon"],
        "precision": recipe["precision"],
        "seed": recipe["seed"],
        "epochs": metrics["epochs"],
        "best_epoch": metrics["best"]["epoch"],
        "seconds": metrics["seconds"],
        "parameters": metrics["parameters"],
        **_errors(metrics, first["model"]),
        "val_mae": round(metrics["best"]["val_mae"], 4),
        "commit": _joined(environments, "commit"),
        "backend": _joined(environments, "backend"),
        "device": _joined(environments, "device"),
    }
    if not several:
        return [row]
    units = metrics.get("units", {})
    return [
        {"target": target, "unit": units.get(target, "")}
        | row
        | _errors(metrics, own["model"])
        for target, own in scores.items()
    ]


def _known(path):
    # Names of covariates, and of what sensors are, where there are some.
    said = read_json(path, AGAIN) if path.is_file() else {}
    static = said.get("static") or {}
    columns = {
        "covariates": said.get("covariates") or [],
        "static": static.get("columns", []),
    }
    names = {key: [x["name"] for x in found] for key, found in columns.items()}
    return {key: ",".join(found) for key, found in names.items() if found}


def _protocol(config):
    parts = config.get("parts")
    if parts is None:
        return config["protocol"]
    return f"{config['protocol']} {':'.join(map(str, parts))}"


def _errors(metrics, scores):
    if "mse" in scores:  # of frames, and not by horizon
        return {name: round(value, 4) for name, value in scores.items()}
    errors = {}
    per_step = metrics.get("minutes_per_step", 5)
    for minutes in _horizons(metrics):
        of_step = scores.get(f"{minutes / per_step:g}", {})
        for error in ERRORS:
            value = of_step.get(error, "")
            errors[f"{error}_{minutes:g}min"] = value and round(value, 4)
    return errors


def _horizons(metrics):
    """Minutes ahead that a row says the errors of: the steps of the table."""
    steps = metrics.get("report_steps")
    if steps is None:
        return MINUTES
    single = [step for step in steps if step != ALL_STEPS]
    return [step * metrics["minutes_per_step"] for step in single]


def model_name(options):
    """What the paper calls a model with these options."""
    if "name" in options:
        name = options["name"]
        return MODELS[name].title if name in MODELS else name
    # Runs from before there was a choice of models; moving-MNIST.
    pooled, dilated = options["p"] != 0, options["s"] != 1
    if pooled:
        return "ST-UNet" if dilated else "S-UNet"
    return "T-UNet" if dilated else "GCGRU"


def _joined(environments, key):
    values = (str(environment.get(key, "")) for environment in environments)
    return "; ".join(dict.fromkeys(values))


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(
            "Usage: python -m keras_stunet.training.results RUN_FOLDER CSV"
        )
    try:
        append_row(sys.argv[2], sys.argv[1])
    except (OSError, ValueError) as problem:
        sys.exit(f"Error: {problem}")
