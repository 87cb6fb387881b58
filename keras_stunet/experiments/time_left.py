"""How long a queue will take, from the runs that have been made."""

import re

from keras_stunet.experiments.rows import DONE
from keras_stunet.experiments.rows import RUN
from keras_stunet.models.registry import MODELS
from keras_stunet.training.recipe import Recipe


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


def describe_seconds(seconds):
    """Seconds to read.

    >>> describe_seconds(42), describe_seconds(3720), describe_seconds(None)
    ('1 min', '1 h 02 min', 'unknown')
    """
    if seconds is None:
        return "unknown"
    minutes = max(1, round(seconds / 60))
    if minutes < 60:
        return f"{minutes} min"
    return f"{minutes // 60} h {minutes % 60:02d} min"
