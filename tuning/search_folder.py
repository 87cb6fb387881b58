"""The folder of a search: what it is of, and its trials, finished or not.

FOLDER/search.json                    data, options and spaces of the search
FOLDER/SYSTEM/trial_07/trial.json     KerasTuner's, written by the oracle
FOLDER/SYSTEM/trial_07/outcome.json   written by whoever ran the trial
"""

import dataclasses
import json
from pathlib import Path
from typing import NamedTuple

import keras
from filelock import FileLock

from keras_stunet.files import read_json
from keras_stunet.files import write_text
from keras_stunet.models import MODELS
from keras_stunet.training.recipe import Recipe
from keras_stunet.training.recipe import without_gone
from keras_stunet.training.runs.digests import series_sha256
from keras_stunet.training.runs.folder import differences
from keras_stunet.tuning.space import Space

FORMAT = "keras_stunet.search.1"
SEARCH = "search.json"
NOT_KEPT = ("limit",)  # a search may be made longer
OUTCOME = "outcome.json"
RUNNING = "running"
# KerasTuner's, which need not be there to read a search.
ENDED = ("COMPLETED", "FAILED")


class Trial(NamedTuple):
    """A trial.

    Attributes:
        number: Its number, a string.
        point: `{name: value}` of the grid.
        ended: Whether the search is done with it.
        outcome: As `run_point` returns it; `{"status": "running"}` before.
    """

    number: str
    point: dict
    ended: bool
    outcome: dict

    @property
    def done(self):
        """Whether it has ended with scores."""
        return self.ended and self.outcome["status"] == "done"


def describe_search(series, spaces, data, **settings):
    """What a search is of, ready for JSON.

    The defaults of `Recipe` are part of it: a space may leave them out.

    Args:
        series: The `Series`.
        spaces: A list of `Space`.
        data: Protocol, parts and calendar, from `with_defaults`.
        **settings: Limit, objective, patience, seed and precision.
    """
    search = {
        "format": FORMAT,
        "series": series.name,
        "sha256": series_sha256(series),
        **data,
        **settings,
        "backend": keras.backend.backend(),
        "defaults": dataclasses.asdict(Recipe()),
        "spaces": {space.system: space._asdict() for space in spaces},
    }
    return json.loads(json.dumps(search))  # tuples become lists, as in JSON


def check_search(folder, search):
    """Raise a ValueError unless a folder is free for a search, or holds it."""
    if not (Path(folder) / SEARCH).exists():
        return
    before = read_search(folder)
    # A search of before an option existed is one with its default.
    defaults = without_gone(before.get("defaults", {}))
    defaults = {**search["defaults"], **defaults}
    changes = [
        f"{name}: {old!r} then, {new!r} now"
        for name, old, new in differences(
            {**before, "defaults": defaults}, search
        )
        if name not in NOT_KEPT
    ]
    if changes:
        raise ValueError(
            f"The search in {folder} was started with other data or options: "
            f"{'; '.join(changes)}. Repeat those, or choose another folder "
            "(--out)."
        )


def write_search(folder, search):
    """Write `search.json`, after `check_search`."""
    write_text(Path(folder) / SEARCH, json.dumps(search, indent=1))


def read_search(folder):
    """Read `search.json`.

    Raises:
        FileNotFoundError: If there is no search in the folder.
        ValueError: If it is damaged or of another version.
    """
    path = Path(folder) / SEARCH
    if not path.is_file():
        raise FileNotFoundError(
            f"There is no search in {folder}: {SEARCH} is not there. Name the "
            "folder that a search was started with (--out)."
        )
    search = read_json(path, "Choose another folder (--out).")
    if search.get("format") != FORMAT:
        raise ValueError(
            f"The search in {folder} was written by another version: its "
            f"`format` is {search.get('format')!r}; expected {FORMAT!r}. Use "
            "the version that started it, or choose another folder (--out)."
        )
    return search


def search_spaces(search):
    """The spaces of a search, in their order."""
    spaces = []
    for space in search["spaces"].values():
        grid = {name: tuple(values) for name, values in space["grid"].items()}
        spaces.append(Space(**{**space, "grid": grid}))
    return spaces


def search_windows(search, space):
    """Options of `make_windows` for the points of a space."""
    return {
        "protocol": search["protocol"],
        "history": space.fixed.get("history", 12),
        "horizon": space.fixed.get("horizon", 12),
        "parts": search["parts"],
        "calendar": () if space.classical else tuple(search["calendar"]),
        "profile": not space.classical
        and MODELS[space.system].takes("profile"),
    }


def search_config(search, space, dataset):
    """The data and windows of a space's points, as `Run` takes them."""
    windows = search_windows(search, space)
    names = ("history", "horizon", "calendar", "profile")
    model = {name: windows.pop(name) for name in names}
    model["name"] = space.system
    # Where points differ in their heads, covariates of the steps ahead are in
    # the history, which all heads take.
    if not space.classical and "head" not in space.grid:
        head = MODELS[space.system].options().get("head")
        model["head"] = space.fixed.get("head", head)
    return {"dataset": dataset, "model": model, **windows}


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

    May be called while the search runs, and before.

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
        trials.append(Trial(state["trial_id"], point, ended, outcome))
    return sorted(trials, key=lambda t: (len(t.number), t.number))


def best_trial(trials, objective="val_mae"):
    """The ended trial with the least objective, the first of equals; or None.

    Example:
    >>> best_trial([Trial("0", {}, False, {"status": "running"})])
    """
    done = [trial for trial in trials if trial.done]
    return min(done, key=lambda t: t.outcome[objective], default=None)


def ongoing_trials(folder, space):
    """`{name of the worker: number}` of the trials at work."""
    path = Path(folder) / space.system / "oracle.json"
    if not path.exists():
        return {}
    noted = read_json(path, "Start another search (--out).")["ongoing_trials"]
    # The oracle notes the end of a trial in this file with its next one.
    ended = {t.number for t in read_trials(folder, space) if t.ended}
    return {
        name: number for name, number in noted.items() if number not in ended
    }
