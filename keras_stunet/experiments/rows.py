"""The csv file of results: one row a job, whatever happens on the way."""

import csv
import re
from pathlib import Path

from keras_stunet.experiments.jobs import KEY
from keras_stunet.files import atomic_write
from keras_stunet.locks import file_lock
from keras_stunet.messages import describe_seconds
from keras_stunet.models.registry import MODELS
from keras_stunet.training.recipe import Recipe
from keras_stunet.training.results import ERRORS
from keras_stunet.training.results import MINUTES

DONE = "done"
FAILED = ("diverged", "out of memory", "failed")

# Between the first six and the last, those of `training.results.run_row`.
COLUMNS = [
    *("table", "record", "budget", "recipe", "status", "message"),
    *("date", "dataset", "protocol", "model", "head", "options", "loss"),
    *("batch_size", "learning_rate", "epsilon", "precision", "seed"),
    *("epochs", "best_epoch", "seconds", "parameters"),
    *(f"{error}_{minutes}min" for minutes in MINUTES for error in ERRORS),
    *("val_mae", "commit", "backend", "device", "peak_mb"),
]
# The same run may stand in two tables, as ST-UNet of Table 2 in Table 3.
RUN = tuple(KEY)[2:]
HINT = "name another file (--results)"


def read_rows(path):
    """Read a file of results.

    Args:
        path: The csv file; it need not exist.

    Returns:
        `{key: row}`, the key as `Job.key` and the row a dict of strings. Of
        several rows of one key, in files that were put together, the first
        that is done counts, else the last.

    Raises:
        ValueError: If the file has other columns or is cut short.
    """
    rows = {}
    for row in _read(path):
        key = _key_of(row)
        if key not in rows or rows[key]["status"] != DONE:
            rows[key] = row
    return rows


def put_row(path, row):
    """Add a row, once: failed rows of the same job give way to it.

    Args:
        path: The csv file, rewritten whole or not at all.
        row: A dict with the `COLUMNS` that are known; the others stay empty.

    Returns:
        Whether it was added; not so if the job has a row that is done, or
        this very row.

    Raises:
        ValueError: As `read_rows`.
        OSError: If the file cannot be written.
    """
    with file_lock(path, HINT):
        rows = _read(path)
        key = _key_of(row)
        row = {name: str(row.get(name, "")) for name in COLUMNS}
        before = [each for each in rows if _key_of(each) == key]
        if row in before or any(each["status"] == DONE for each in before):
            return False
        others = [each for each in rows if _key_of(each) != key]
        _write(path, [*others, row])
    return True


def check_rows(path):
    """Read the rows, and see that the file can be written, before any work.

    Returns:
        As `read_rows`.

    Raises:
        ValueError: As `read_rows`.
        OSError: If the file cannot be written.
    """
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    with file_lock(path, HINT):
        _write(path, _read(path))
        return read_rows(path)


def row_of(job, rows):
    """The row of a job, or of the same run in another table; or `None`."""
    if job.key in rows:
        return rows[job.key]
    asked = job.key[-len(RUN) :]
    for key, row in rows.items():
        if key[-len(RUN) :] == asked and row["status"] == DONE:
            return row
    return None


def time_left(jobs, rows):
    """A line on the runs to come.

    Times are those of a run's other seeds; else those of the same model under
    other budgets, by the epoch.

    Args:
        jobs: Those to come.
        rows: From `read_rows`.
    """
    known = [seconds for job in jobs if (seconds := _seconds(job, rows))]
    line = f"{len(jobs)} to run"
    if known:
        line += f", about {describe_seconds(sum(known))}"
    if known and len(known) < len(jobs):
        line += f" and {len(jobs) - len(known)} whose time is not known yet"
    return line


def _key_of(row):
    return tuple(str(row[name]) for name in KEY)


def _read(path):
    path = Path(path)
    if not path.exists() or not path.stat().st_size:
        return []
    with path.open(newline="") as file:
        reader = csv.DictReader(file)
        rows = list(reader)
    if reader.fieldnames != COLUMNS:
        raise ValueError(
            f"{path} has the columns {reader.fieldnames}; expected {COLUMNS}. "
            "Name another file (--results)."
        )
    if any(None in row or None in row.values() for row in rows):
        raise ValueError(
            f"{path} has a row with too few or too many cells. Repair or "
            "delete it: rows of finished runs are added again."
        )
    return rows


def _write(path, rows):
    with (
        atomic_write(path) as temporary,
        temporary.open("w", newline="") as file,
    ):
        writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def _seconds(job, rows):
    # The same run but for the seed, the last part of the key.
    asked = job.key[-len(RUN) : -1]
    times = [
        float(row["seconds"])
        for key, row in rows.items()
        if key[-len(RUN) : -1] == asked and row["status"] == DONE
    ]
    epochs = job.arguments.get("epochs", Recipe.epochs)
    work = _work_of_job(job)
    times = times or [
        float(row["seconds"]) / int(row["epochs"]) * epochs
        for row in rows.values()
        if row["status"] == DONE
        and int(row["epochs"]) > 0
        and _work_of(row) == work
    ]
    return sum(times) / len(times) if times else None


def _work_of(row):
    names = ("model", "dataset", "precision", "head", "batch_size")
    units = re.search(r"\bunits=(\d+)", row["options"])
    return [*(row[name] for name in names), units and units[1]]


def _work_of_job(job):
    if "model" not in job.arguments:  # it is fitted, without epochs
        return None
    entry = MODELS[job.arguments["model"]]
    asked = {"head": "direct", "batch_size": Recipe.batch_size}
    asked |= entry.options() | dict(job.arguments)
    work = [entry.title, job.dataset, job.precision]
    work += [str(asked[name]) for name in ("head", "batch_size")]
    return [*work, str(asked["units"]) if "units" in asked else None]
