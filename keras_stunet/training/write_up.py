"""What is written of a run once it is scored: table, bounds, pictures."""

import dataclasses

import numpy as np

from keras_stunet.evaluation.error_profile import profile_errors
from keras_stunet.evaluation.scoring import fit_naive_baselines
from keras_stunet.evaluation.table import horizon_table
from keras_stunet.evaluation.table import is_by_target
from keras_stunet.files import write_rows
from keras_stunet.graph import partition
from keras_stunet.graph import symmetrise
from keras_stunet.messages import listed
from keras_stunet.messages import warn_user
from keras_stunet.models import MODELS
from keras_stunet.plotting import save_run_pictures
from keras_stunet.training.runs.folder import ERRORS
from keras_stunet.training.runs.folder import HISTORY
from keras_stunet.training.runs.run_intervals import keep_intervals

LAST = "training.svg"  # the last file that a run writes


def write_up(run, best, splits, table, progress):
    """Write `table.md`, `intervals.npz`, `errors.csv` and the pictures.

    Args:
        run: The `Run`, scored.
        best: Its model that was best on validation.
        splits: Its `Splits`.
        table: From `run_table`.
        progress: Whether to say what takes time.

    Returns:
        The table.
    """
    run.write_table(table)
    run.intervals = keep_intervals(run.folder, best, splits.validation)
    profile = profile_errors(best, splits.test)
    rows = _error_rows(profile, run.series())
    write_rows(run.folder / ERRORS, rows)
    run.draw(lambda: save_pictures(run, best, splits, profile), progress)
    return table


def run_table(metrics, wanted):
    """The table of horizons of a scored run, as Markdown.

    Args:
        metrics: Of its `metrics.json`.
        wanted: The steps asked for, `None` for those of the run.
    """
    scores = metrics["test"]
    of_one = scores
    if is_by_target(scores):
        of_one = next(iter(scores.values()))
    scored = {str(step) for step in next(iter(of_one.values()))}
    steps = wanted or metrics.get("report_steps")
    if missing := [step for step in steps or () if str(step) not in scored]:
        warn_user(
            f"The run is finished, and {listed(missing)} is no step that it "
            "was scored at. `keras-stunet evaluate RUN --report-steps ...` "
            "scores any."
        )
        steps = None
    minutes = metrics["minutes_per_step"]
    return horizon_table(scores, minutes, steps, metrics.get("units"))


def save_pictures(run, best, splits, profile):
    """Draw the pictures of a run, see `save_run_pictures`."""
    series, model = run.series(), run.config["model"]
    undirected = symmetrise(series.adjacency, "max")
    rounds = int(np.sum(model.get("p", 0)))
    # Levels of pooling go on where the last stopped.
    labels = partition(undirected, rounds).labels if rounds else None
    save_run_pictures(
        run.folder,
        best,
        fit_naive_baselines(splits.train),
        splits,
        dataclasses.replace(series, adjacency=undirected),
        run.folder / HISTORY,
        labels=labels,
        unit=run.unit,
        units=run.target_units,
        name=MODELS[model["name"]].title,
        profile=profile,
        intervals=run.intervals,
    )


def _error_rows(profile, series):
    """The rows of `errors.csv`; of several targets each says of which."""
    if not isinstance(profile, dict):
        return profile.rows(series.node_ids)
    return [
        {"target": target, **row}
        for target, own in profile.items()
        for row in own.rows(series.node_ids)
    ]
