"""The trials of a search as they lie in its folder, finished or not.

FOLDER/SYSTEM/trial_07/trial.json     KerasTuner's, written by the oracle
FOLDER/SYSTEM/trial_07/outcome.json   written by whoever ran the trial
"""

import json
from pathlib import Path
from typing import NamedTuple

from filelock import FileLock

from keras_stunet.files import read_json
from keras_stunet.files import write_text

OUTCOME = "outcome.json"
RUNNING = "running"
# KerasTuner's, which need not be there to read a search.
ENDED = ("COMPLETED", "FAILED")


class Trial(NamedTuple):
    """A trial.

    Attributes:
        system: Of its space.
        number: Its number, a string.
        point: `{name: value}` of the grid.
        ended: Whether the search is done with it.
        outcome: As `run_point` returns it; `{"status": "running"}` before.
    """

    system: str
    number: str
    point: dict
    ended: bool
    outcome: dict


def read_outcome(folder):
    """The outcome in the folder of a trial, or `None`."""
    path = Path(folder) / OUTCOME
    if not path.exists():
        return None
    return read_json(
        path,
        "Delete it: the trial is then run again or, if it has ended, counts "
        "as failed.",
    )


def write_outcome(folder, outcome):
    """Write the outcome of a trial, unless it has one.

    After the death of a chief two workers may have run the same trial: what
    the first one found holds.

    Returns:
        The outcome that the trial has.
    """
    folder = Path(folder)
    with FileLock(folder / ".outcome.lock"):
        before = read_outcome(folder)
        if before is None:
            write_text(folder / OUTCOME, json.dumps(outcome, indent=1))
    return outcome if before is None else before


def read_trials(folder, space):
    """All trials of a space so far, in the order of their numbers.

    May be called while the search runs.

    Args:
        folder: Of the search.
        space: A `Space` of it.

    Returns:
        A list of `Trial`.

    Raises:
        ValueError: If a file is damaged.
    """
    trials = []
    for path in (Path(folder) / space.system).glob("trial_*/trial.json"):
        state = read_json(path, "Start another search (--out).")
        ended = state["status"] in ENDED
        outcome = read_outcome(path.parent) or {"status": RUNNING}
        if ended and outcome["status"] == RUNNING:
            # What went wrong around a trial, only KerasTuner noted.
            message = state["message"] or "The worker could not say why."
            outcome = {"status": "failed", "message": message, "seconds": 0.0}
        point = space.decode(state["hyperparameters"]["values"])
        trials.append(
            Trial(space.system, state["trial_id"], point, ended, outcome)
        )
    return sorted(trials, key=lambda t: (len(t.number), t.number))


def best_trial(trials, objective="val_mae"):
    """The ended trial with the least objective, the first of equals; or None.

    Example:
    >>> best_trial([Trial("fnn", "0", {}, False, {"status": "running"})])
    """
    done = [
        trial
        for trial in trials
        if trial.ended and trial.outcome["status"] == "done"
    ]
    return min(done, key=lambda t: t.outcome[objective], default=None)


def ongoing_trials(folder, space):
    """`{name of the worker: number}` of the trials at work."""
    project = Path(folder) / space.system
    if not (project / "oracle.json").exists():
        return {}
    mend = "Start another search (--out)."
    noted = read_json(project / "oracle.json", mend)["ongoing_trials"]
    # The oracle notes the end of a trial in this file with its next one.
    ended = {t.number for t in read_trials(folder, space) if t.ended}
    return {
        name: number for name, number in noted.items() if number not in ended
    }
