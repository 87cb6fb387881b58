"""What a job came to: its state, from its folder and its row."""

import json
from pathlib import Path

from keras_stunet.experiments.job import KEY
from keras_stunet.experiments.memory import read_peak
from keras_stunet.experiments.rows import DONE
from keras_stunet.experiments.rows import FAILED
from keras_stunet.experiments.rows import put_row
from keras_stunet.experiments.rows import row_of
from keras_stunet.files import read_json
from keras_stunet.files import write_text
from keras_stunet.locks import file_lock
from keras_stunet.training.results import run_row
from keras_stunet.training.runs.folder import CONFIG
from keras_stunet.training.runs.folder import METRICS

FAILURE = "failure.json"
JOB = "job.json"
STARTED = "to go on with"
QUEUED = "queued"
# Exit status of a run
BUSY = 75  # whose folder another process writes to
UNAVAILABLE = 69  # that needs a package which is not installed
INTERRUPTED = 130  # after Ctrl-C


def state_of(job, folder, rows):
    """How far a job is.

    Args:
        job: A `Job`.
        folder: Its run folder.
        rows: From `read_rows`, after `collect`.

    Returns:
        `"done"`, one of `FAILED`, `"to go on with"` or `"queued"`.
    """
    row = row_of(job, rows)
    if row is not None:
        return row["status"]
    return STARTED if (folder / CONFIG).exists() else QUEUED


def collect(job, folder, results):
    """Put the row of a job whose run has ended, if it has.

    A run has ended with its `metrics.json` or a `failure.json`; what the
    process that watched it did not live to write is written here.

    Returns:
        The row's status, or `None` if the run has not ended.

    Raises:
        ValueError: If a file of the run is damaged, or the run is of another
            job, such as one that was copied to the wrong place.
        OSError: If the row cannot be written.
    """
    if (folder / METRICS).exists():
        _check_run(folder, job)
        row, status = run_row(folder), DONE
    elif (folder / FAILURE).exists():
        row = read_json(folder / FAILURE, "Delete it to run the job again.")
        status = row.pop("status")
    else:
        return None
    own = dict(zip(KEY, job.key, strict=True))
    own |= {"status": status, "peak_mb": read_peak(folder)}
    put_row(results, {**row, **own})
    return status


def note_failure(folder, status, message, **known):
    """Write `failure.json`: how and why a run ended before its scores.

    Args:
        folder: The run folder; it need not exist.
        status: One of `FAILED`.
        message: Why.
        **known: Further columns of its row.
    """
    if status not in FAILED:
        raise ValueError(f"`status` is {status!r}; expected one of {FAILED}.")
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    message = " ".join(str(message).split())[:500]  # a cell of a table
    record = {"status": status, "message": message, **known}
    write_text(folder / FAILURE, json.dumps(record, indent=1))


def note_job(folder, job):
    """Write `job.json`: what the run in a folder is of.

    Raises:
        ValueError: If the folder holds a run of another job.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    # Two queues may come here at once.
    with file_lock(folder / JOB, "choose another folder (--out)"):
        check_job(folder, job)
        if not (folder / JOB).exists():
            write_text(folder / JOB, json.dumps(_asked(job), indent=1))


def check_job(folder, job):
    """Raise a ValueError if a folder holds a run of another job."""
    if not (folder / JOB).exists():
        return
    before = read_json(folder / JOB, f"Delete {folder}, or choose another.")
    _compare(folder, before, _asked(job))


def _check_run(folder, job):
    config = read_json(folder / CONFIG, f"Delete {folder} to run it again.")
    # An option of a fitted system may be called like what only trainings have.
    ran = {**config["recipe"], **config["model"]}
    ran["model"] = ran.pop("name")
    now = _asked(job)
    both = ran.keys() & now.keys()  # defaults and places are not asked for
    before, now = ({key: of[key] for key in both} for of in (ran, now))
    _compare(folder, before, now)


def _compare(folder, before, now):
    different = sorted(
        key
        for key in before.keys() | now.keys()
        if before.get(key) != now.get(key)
    )
    if different:
        changes = "; ".join(
            f"{key}: {before.get(key)!r} then, {now.get(key)!r} now"
            for key in different
        )
        raise ValueError(
            f"The run in {folder} was started from another record or budget: "
            f"{changes}. Write to another folder (--out), or delete this one "
            "and its row."
        )


def _asked(job):
    asked = {**job.arguments, "seed": job.seed}
    if not job.classical:
        asked["precision"] = job.precision
    return json.loads(json.dumps(asked))
