"""The csv file of results: one row a job, whatever happens on the way."""

import csv
from pathlib import Path

from keras_stunet.experiments.job import KEY
from keras_stunet.files import atomic_write
from keras_stunet.locks import file_lock
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
RUN = KEY[2:]
MEND = "name another file (--results)"


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
        key = key_of(row)
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
    with file_lock(path, MEND):
        rows = _read(path)
        key = key_of(row)
        row = {name: str(row.get(name, "")) for name in COLUMNS}
        before = [each for each in rows if key_of(each) == key]
        if row in before or any(each["status"] == DONE for each in before):
            return False
        others = [each for each in rows if key_of(each) != key]
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
    with file_lock(path, MEND):
        _write(path, _read(path))
        return read_rows(path)


def row_of(job, rows):
    """The row of a job; else that of the same run in another table.

    Args:
        job: A `Job`.
        rows: From `read_rows`.

    Returns:
        A dict of strings, or `None`.
    """
    if job.key in rows:
        return rows[job.key]
    asked = job.key[-len(RUN) :]
    for key, row in rows.items():
        if key[-len(RUN) :] == asked and row["status"] == DONE:
            return row
    return None


def key_of(row):
    """The key of a row, as `Job.key`."""
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
            f"{path} has a row with too few or too many cells. Mend or delete "
            "it: rows of finished runs are added again."
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
