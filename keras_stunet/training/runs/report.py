"""What a report page shows of a run."""

import csv
import dataclasses
from pathlib import Path

import numpy as np

from keras_stunet.evaluation.error_profile import profile_errors
from keras_stunet.evaluation.scoring import predict_windows
from keras_stunet.evaluation.scoring import score_beside_naive
from keras_stunet.evaluation.table import horizon_table
from keras_stunet.files import write_text
from keras_stunet.messages import warn_user
from keras_stunet.models import MODELS
from keras_stunet.plotting.choices import day_of_rows
from keras_stunet.plotting.report_page import report_page
from keras_stunet.quantiles import median_of
from keras_stunet.steps import describe_ahead
from keras_stunet.steps import describe_step
from keras_stunet.training.runs.explain import FOLDER
from keras_stunet.training.runs.explain import read_explanation
from keras_stunet.training.runs.folder import HISTORY
from keras_stunet.training.runs.run_intervals import intervals_of

LEVEL = 0.8
# Readings on a page, of which it holds five numbers of two bytes each.
MOST_READINGS = 240_000
FEWEST = 4  # steps of a day that is shown by itself


@dataclasses.dataclass
class RunReport:
    """All that the page shows of one target.

    Attributes:
        target: Its name, `None` where there is one.
        title: Its heading.
        facts: What the run was made with, by name.
        scores: Rows of cells of the table of errors, the heading first.
        sensors: Names of the N sensors.
        places: `(N, 2)` latitude and longitude, or what stands for them.
        located: Whether `places` are coordinates.
        unit: Of the readings.
        mae_by_sensor: `(N,)`.
        mae_by_step: `(horizon,)`.
        mae_by_slot: `(steps_per_day,)`, by time of day.
        step: Minutes between two readings, in words.
        history: Rows of `history.csv`.
        times: `(T,)` timestamps, or numbers of rows.
        truth: `(T, N)` readings, NaN where missing.
        short: `(T, N)` forecasts, the shorter ahead.
        long: `(T, N)` forecasts, a whole horizon ahead.
        low: `(T, N)` lower end of the interval around `long`, NaN for none.
        high: `(T, N)` its upper end.
        level: Of that interval.
        ahead: Of `short` and `long`, such as ("15 min", "60 min").
        days: `(name, first row, row after the last)` of each day.
        first_sensor: Which one is shown at first.
        explanation: What `explain_run` wrote beside the page, as
            `read_explanation` returns it; `None` where it did not.
    """

    target: str | None
    title: str
    facts: dict
    scores: list
    sensors: list
    places: np.ndarray
    located: bool
    unit: str | None
    mae_by_sensor: np.ndarray
    mae_by_step: np.ndarray
    mae_by_slot: np.ndarray
    step: str
    history: list
    times: np.ndarray
    truth: np.ndarray
    short: np.ndarray
    long: np.ndarray
    low: np.ndarray
    high: np.ndarray
    level: float
    ahead: tuple[str, str]
    days: list
    first_sensor: int
    explanation: dict | None = None


def write_report(run, path, raw_dir=None, data_dir=None):
    """Write one HTML page on a run, which needs nothing from the network.

    What `explain_run` wrote to a folder `explain` beside it is on the page.

    Args:
        run: A `Run`, from `load_run`.
        path: File to write, `.html`.
        raw_dir: As in `load_series`.
        data_dir: As in `load_series`.

    Raises:
        ValueError: If the name does not end in .html, or the data are not
            those of the run.
        ImportError: If bokeh is not installed.
        FileNotFoundError: If the data of the run are gone.
        OSError: If the file cannot be written.
    """
    check_page(path)
    reports = gather_reports(run, raw_dir, data_dir)
    folder = Path(path).parent
    reports[0].explanation = _explanation(run, folder / FOLDER)
    folder.mkdir(parents=True, exist_ok=True)
    write_text(path, report_page(reports))


def check_page(path):
    """Raise unless a page can have this name.

    Raises:
        ValueError: If it does not end in .html.
    """
    if Path(path).suffix != ".html":
        raise ValueError(f"{path} does not end in .html; name it so.")


def gather_reports(run, raw_dir=None, data_dir=None):
    """What the page shows, a `RunReport` of each target.

    Arguments as in `write_report`.
    """
    series = run.series(raw_dir, data_dir)
    splits = run.windows()
    windows = splits.test
    profiles = profile_errors(run.model, windows)
    scores = score_beside_naive(run.model, windows, splits.train)
    targets = run.targets or [None]
    if len(targets) == 1:
        scores, profiles = {targets[0]: scores}, {targets[0]: profiles}
    rows, days = _last_days(windows, MOST_READINGS // len(targets))
    ahead = sorted({max(1, windows.horizon // 4), windows.horizon})
    intervals = None
    try:
        intervals = intervals_of(run)
        intervals.check_reach(LEVEL)
    except ValueError as error:
        warn_user(f"The report has no intervals. {error}")
        intervals = None
    lines = _forecasts(run.model, windows, rows, ahead, intervals)
    truth = windows.targets_of(windows.values[rows]).astype(float)
    if windows.mask is not None:
        truth[~windows.targets_of(windows.mask[rows])] = np.nan
    times = rows
    if windows.timestamps is not None:
        times = windows.timestamps[rows].astype("datetime64[ms]")
    places, located = _places(series)
    model = MODELS[run.config["model"]["name"]].title
    reports = []
    for at, target in enumerate(targets):
        profile = profiles[target]
        mae = profile.by_node
        worst = int(np.nanargmax(mae)) if np.isfinite(mae).any() else 0
        reports.append(
            RunReport(
                target=target,
                title=f"{model} on {series.name}",
                facts=_facts(run),
                scores=_cells(run, scores[target], model),
                sensors=list(run.sensors),
                places=places,
                located=located,
                unit=run.target_units.get(target) if target else run.unit,
                mae_by_sensor=mae,
                mae_by_step=profile.by_step,
                mae_by_slot=profile.by_slot,
                step=describe_step(run.minutes_per_step),
                history=_history(run.folder),
                times=times,
                truth=truth[..., at],
                short=lines[ahead[0]][..., at],
                long=lines[ahead[-1]][..., at],
                low=lines["low"][..., at],
                high=lines["high"][..., at],
                level=LEVEL,
                ahead=tuple(
                    describe_ahead(step, run.minutes_per_step)
                    for step in (ahead[0], ahead[-1])
                ),
                days=days,
                first_sensor=worst,
            )
        )
    return reports


def _cells(run, scores, model):
    # Rows of cells of the table of errors, the heading first.
    scores = {model: scores["model"]} | scores
    del scores["model"]
    table = horizon_table(scores, run.minutes_per_step).splitlines()
    cells = [line.strip("| ").split(" | ") for line in table if "|" in line]
    return [cells[0], *cells[2:]]


def _last_days(windows, most):
    # Rows of the last days of the test, as many as a page can hold.
    every = np.unique(windows.target_rows(np.arange(len(windows))))
    if windows.steps_per_day < FEWEST:  # all as one
        every = every[-max(1, most // windows.num_nodes) :]
        first, last = (str(day_of_rows(windows)[every[at]]) for at in (0, -1))
        return every, [(f"{first} to {last}", 0, len(every))]
    names = day_of_rows(windows)[every]
    kept, days = [], []
    for name in np.unique(names)[::-1]:
        rows = every[names == name]
        so_far = sum(map(len, kept))
        if kept and (so_far + len(rows)) * windows.num_nodes > most:
            break
        kept.append(rows)
        days.append(str(name))
    kept, days = kept[::-1], days[::-1]
    ends = np.cumsum([len(rows) for rows in kept])
    found = [
        (name, int(end - len(rows)), int(end))
        for name, rows, end in zip(days, kept, ends, strict=True)
    ]
    return np.concatenate(kept), found


def _forecasts(model, windows, rows, steps, intervals):
    # {step: (T, N, targets)}, NaN where no window forecasts; and the bounds
    # of the last step as "low" and "high".
    place = np.full(len(windows.values), -1)
    place[rows] = np.arange(len(rows))
    shape = len(rows), windows.num_nodes, len(windows.targets)
    lines = {name: np.full(shape, np.nan) for name in (*steps, "low", "high")}
    quantiles = getattr(model, "quantiles", None)
    targets = windows.target_rows(np.arange(len(windows)))
    done = 0
    for made, *_ in predict_windows(model, windows, whole=True):
        found = [(step, step, median_of(made, quantiles)) for step in steps]
        if intervals is not None:
            low, high = intervals.bounds(made.astype(float), LEVEL)
            found += [("low", steps[-1], low), ("high", steps[-1], high)]
        for name, step, array in found:
            at = place[targets[done : done + len(made), step - 1]]
            lines[name][at[at >= 0]] = array[at >= 0, step - 1]
        done += len(made)
    return lines


def _places(series):
    if series.coordinates is not None:
        if np.isfinite(series.coordinates).all():
            return series.coordinates, True
    numbers = np.arange(series.num_nodes)
    return np.stack([np.zeros(len(numbers)), numbers], axis=1), False


def _facts(run):
    config, recipe = run.config, run.config["recipe"]
    parts = config["parts"]
    facts = {
        "data": config["dataset"],
        "protocol": config["protocol"]
        + ("" if parts is None else f" {':'.join(map(str, parts))}"),
        "sensors": len(run.sensors),
        "a step": describe_step(run.minutes_per_step),
        "inputs": ", ".join(
            [*(run.measurements or ["reading"]), *config["model"]["calendar"]]
        ),
        "weights": f"{run.model.count_params():,}",
        "loss": recipe["loss"],
        "precision": recipe["precision"],
        "seed": recipe["seed"],
    }
    metrics = run.metrics
    if metrics is not None:
        environment = metrics["environment"]
        best = metrics["best"]["epoch"]
        facts |= {
            "epochs": f"{metrics['epochs']}, the best one {best}",
            "seconds": f"{metrics['seconds']:,.0f}",
            "commit": environment["commit"],
            "backend": environment["backend"],
            "device": environment["device"],
        }
    return facts


def _explanation(run, folder):
    found = read_explanation(folder)
    if found and [row["sensor"] for row in found["sensors"]] != run.sensors:
        warn_user(f"{folder} is of other sensors; it is left out of the page.")
        return None
    return found


def _history(folder):
    path = folder / HISTORY
    if not path.is_file():
        return []
    with path.open(newline="") as file:
        return list(csv.DictReader(file))
