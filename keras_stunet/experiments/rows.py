"""The csv file of results: one row a job, whatever happens on the way."""

import contextlib
import csv
from pathlib import Path

from filelock import FileLock
from filelock import Timeout

from keras_stunet.experiments.job import KEY
from keras_stunet.training.folder import replacing
from keras_stunet.training.results import ERRORS
from keras_stunet.training.results import MINUTES

DONE = "done"
FAILED = ("diverged", "out of memory", "failed")

# After the first five, those of `training.results.run_row`.
COLUMNS = [
    *("table", "record", "budget", "status", "message"),
    *("date", "dataset", "protocol", "model", "head", "options", "loss"),
    *("batch_size", "learning_rate", "precision", "seed"),
    *("epochs", "best_epoch", "seconds", "parameters"),
    *(f"{error}_{minutes}min" for minutes in MINUTES for error in ERRORS),
    *("val_mae", "commit", "backend", "device"),
]
WAIT = 60  # seconds for another writer of the same file


def read_rows(path):
    """Read a file of results.

    Args:
        path: The csv file; it need not exist.

    Returns:
        `{key: row}`, the key as `Job.key` and the row a dict of strings.

    Raises:
        ValueError: If the file has other columns or is cut short.
    """
    path = Path(path)
    if not path.exists() or not path.stat().st_size:
        return {}
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
    return {key_of(row): row for row in rows}


def put_row(path, row):
    """Add a row, once: a failed row of the same job gives way to it.

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
    with _held(path):
        rows = read_rows(path)
        key = key_of(row)
        row = {name: str(row.get(name, "")) for name in COLUMNS}
        before = rows.pop(key, {})
        if before.get("status") == DONE or before == row:
            return False
        _write(path, [*rows.values(), row])
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
    with _held(path):
        rows = read_rows(path)
        _write(path, rows.values())
    return rows


def key_of(row):
    """The key of a row, as `Job.key`."""
    return tuple(str(row[name]) for name in KEY)


@contextlib.contextmanager
def _held(path):
    # Two queues may write to one file of results.
    path = Path(path)
    lock = FileLock(path.with_name(f".{path.name}.lock"))
    try:
        lock.acquire(timeout=WAIT)
    except Timeout:
        raise BlockingIOError(
            f"{path} has been held by another process for {WAIT} s. Stop that "
            "one, or name another file (--results)."
        ) from None
    try:
        yield
    finally:
        # Unlinked while held, as in `training.lock`.
        with contextlib.suppress(OSError):
            Path(lock.lock_file).unlink()
        lock.release()


def _write(path, rows):
    with replacing(path) as temporary, temporary.open("w", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
