"""What a search has found so far: tables, figures and recipes.

    FOLDER/trials.csv                      a row a trial
    FOLDER/trials.md                       the same to read, the best first
    FOLDER/SYSTEM.png, .svg                error against each hyperparameter
    FOLDER/best/DATASET/SYSTEM.toml        recipe of the best trial

All may be made while the search runs.
"""

import json
import warnings
from pathlib import Path

from keras_stunet.baselines import CLASSICAL
from keras_stunet.data.catalog import SOURCES
from keras_stunet.files import write_rows
from keras_stunet.files import write_text
from keras_stunet.locks import file_lock
from keras_stunet.models import MODELS
from keras_stunet.plotting import save_figure
from keras_stunet.plotting.search import plot_search
from keras_stunet.tuning.recipe_file import recipe_text
from keras_stunet.tuning.search_file import read_search
from keras_stunet.tuning.search_file import search_spaces
from keras_stunet.tuning.space_checks import OBJECTIVES
from keras_stunet.tuning.trials import best_trial
from keras_stunet.tuning.trials import read_trials

BEST = "best"
KNOWN = ("status", "val_mae", "best_epoch", "epochs", "seconds", "parameters")


def write_report(folder):
    """Write tables, figures and recipes of a search.

    Args:
        folder: Of the search.

    Returns:
        The table to read, Markdown.

    Raises:
        FileNotFoundError: If there is no search in the folder.
        ValueError: If no trial was started yet, or a file is damaged.
        OSError: If a file cannot be written.
    """
    folder = Path(folder)
    search = read_search(folder)
    found = [
        (space, trials)
        for space in search_spaces(search)
        if (trials := read_trials(folder, space))
    ]
    if not found:
        raise ValueError(
            f"No trial of the search in {folder} was started yet. Start it, or "
            "wait a moment."
        )
    # A search at work and `--report-only` may write at the same time.
    with file_lock(folder / "trials.csv", "wait for it"):
        write_rows(folder / "trials.csv", trial_rows(found))
        text = "\n\n".join(
            trials_table(space, trials, search["objective"])
            for space, trials in found
        )
        write_text(folder / "trials.md", text)
        for space, trials in found:
            _write_best(folder, space, trials, search)
            _draw(folder, space, trials, search)
    return text


def trial_rows(found):
    """All trials as rows with the same columns.

    Args:
        found: A list of pairs of a `Space` and its trials.

    Returns:
        A list of dicts; what a system does not have is empty.
    """
    names = dict.fromkeys(name for space, _ in found for name in space.grid)
    return [
        {
            "system": space.system,
            "trial": trial.number,
            **{name: trial.outcome.get(name, "") for name in KNOWN},
            **{name: _cell(trial.point.get(name, "")) for name in names},
            "message": " ".join(trial.outcome.get("message", "").split()),
        }
        for space, trials in found
        for trial in trials
    ]


def trials_table(space, trials, objective="val_mae"):
    """The trials of a system as Markdown, the best first.

    Values that are not the published ones are bold.
    """
    names = list(space.grid)
    heads = [*names, objective, "epoch", "seconds", "status"]
    lines = [
        f"{title_of(space)}: {sum(t.ended for t in trials)} of "
        f"{space.size} points",
        "",
        f"| {' | '.join(heads)} |",
        f"| {' | '.join(['---'] * len(heads))} |",
    ]
    for trial in sorted(
        trials, key=lambda t: t.outcome.get(objective, float("inf"))
    ):
        changed = space.changes(trial.point)
        cells = [
            f"**{_cell(value)}**" if name in changed else str(_cell(value))
            for name, value in trial.point.items()
        ]
        score = trial.outcome.get(objective)
        cells += [
            "" if score is None else f"{score:.4f}",
            str(trial.outcome.get("best_epoch", "")),
            f"{trial.outcome.get('seconds', 0):.0f}",
            trial.outcome["status"],
        ]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def title_of(space):
    """What the paper calls the system of a space."""
    registry = CLASSICAL if space.classical else MODELS
    return registry[space.system].title


def _cell(value):
    return json.dumps(value) if isinstance(value, (list, bool)) else value


def _write_best(folder, space, trials, search):
    best = best_trial(trials, search["objective"])
    if best is None:
        return
    dataset = search["series"]
    note = (
        f"Best of {sum(t.ended for t in trials)} trials on validation: "
        f"{search['objective']} {best.outcome[search['objective']]:.4f}"
    )
    if not space.classical:
        note += (
            f" at epoch {best.outcome['best_epoch']} of "
            f"{best.outcome['epochs']}, {search['precision']}, "
            f"{search['backend']}. Again, to all epochs: `keras-stunet "
            f"train {'' if dataset in SOURCES else 'DATA '}--recipe FILE "
            f"--seed {search['seed']} --precision {search['precision']} "
            "--out RUN`"
        )
    path = folder / BEST / dataset.replace("/", "_") / f"{space.system}.toml"
    path.parent.mkdir(parents=True, exist_ok=True)
    write_text(
        path, recipe_text(space, best.point, search, dataset, f"{note}.")
    )


def _draw(folder, space, trials, search):
    objective, name = search["objective"], search["series"]
    unit = SOURCES[name].unit if name in SOURCES else None
    scored = [
        (trial.point, trial.outcome.get(objective))
        for trial in trials
        if trial.ended
    ]
    if all(score is None for _, score in scored):
        return
    try:
        figure = plot_search(
            space.grid,
            scored,
            error=OBJECTIVES[objective],
            title=title_of(space),
            unit=unit if objective == "val_mae" else None,
        )
        save_figure(figure, folder / space.system)
    except ImportError as error:
        warnings.warn(f"There are no figures. {error}", stacklevel=3)
