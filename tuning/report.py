"""What a search has found so far: tables, figures and recipes.

    FOLDER/trials.csv                      a row a trial
    FOLDER/trials.md                       the same to read, the best first
    FOLDER/SYSTEM.png, .svg                error against each hyperparameter
    FOLDER/best/DATASET/SYSTEM.toml        recipe of the best trial

All may be made while the search runs. A recipe is an experiment config, as
`keras_stunet.experiments` reads it.
"""

import dataclasses
import json
import math
import warnings
from pathlib import Path

from keras_stunet.baselines import CLASSICAL
from keras_stunet.data.catalog import SOURCES
from keras_stunet.experiments.config_checks import SAMPLING
from keras_stunet.experiments.config_checks import TRAINING
from keras_stunet.files import write_rows
from keras_stunet.files import write_text
from keras_stunet.locks import file_lock
from keras_stunet.models import MODELS
from keras_stunet.models.registry import model_options
from keras_stunet.plotting import save_figure
from keras_stunet.plotting.search import plot_search
from keras_stunet.tuning.search_folder import best_trial
from keras_stunet.tuning.search_folder import read_search
from keras_stunet.tuning.search_folder import read_trials
from keras_stunet.tuning.search_folder import search_spaces
from keras_stunet.tuning.space_checks import OBJECTIVES
from keras_stunet.tuning.space_checks import split_point

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
        write_rows(folder / "trials.csv", _rows(found))
        text = "\n\n".join(
            _table(space, trials, search["objective"])
            for space, trials in found
        )
        write_text(folder / "trials.md", text)
        for space, trials in found:
            _write_best(folder, space, trials, search)
            _draw(folder, space, trials, search)
    return text


def config_text(space, point, search, dataset, note):
    """An experiment config that `train` and `reproduce` take.

    A system that is fitted, and not trained, is for `reproduce` alone.

    Args:
        space: A `Space`.
        point: `{name: value}` of its grid.
        search: The content of `search.json`.
        dataset: What to train on.
        note: What to know about it.

    Returns:
        Text, TOML.
    """
    point = {**point, **space.fixed}
    if space.classical:
        kind, calendar, blocks = "classical", [], {"options": point}
    else:
        kind, calendar = "model", search["calendar"]
        blocks = _trained(space.system, point)
    head = {
        "row": 1,
        "title": _title(space),
        "dataset": dataset,
        "protocol": search["protocol"],
        "parts": search["parts"],
        "calendar": calendar,
        kind: space.system,
        "seeds": [search["seed"]],
        "note": note,
    }
    parts = [f"[{name}]\n{_toml(table)}" for name, table in blocks.items()]
    return "\n\n".join([_toml(head), *parts])


def _trained(system, point):
    entry = MODELS[system]
    recipe, options, no_sampling = split_point(system, point)
    options = model_options(system, options)
    training = {**dataclasses.asdict(recipe), "no_sampling": no_sampling}
    known = TRAINING if entry.takes("sampling_decay") else TRAINING - SAMPLING
    training = {k: v for k, v in training.items() if k in known}
    free = {k: v for k, v in options.items() if k not in entry.fixed}
    return {"options": free, "training": training}


def _toml(table):
    # TOML has no null: what is not said is the default, which null is here.
    return "\n".join(
        f"{key} = {_value(value)}"
        for key, value in table.items()
        if value is not None
    )


def _value(value):
    """A value in TOML.

    >>> _value([1, 0.5, True, "a", float("inf")])
    '[1, 0.5, true, "a", inf]'
    """
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(map(_value, value))}]"
    if isinstance(value, float):
        return repr(value)  # "inf", and a point or an exponent
    return json.dumps(value)


def _rows(found):
    # What a system does not have is empty.
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


def _table(space, trials, objective):
    # The best first; values that are not the published ones are bold.
    heads = [*space.grid, objective, "epoch", "seconds", "status"]
    lines = [
        f"{_title(space)}: {sum(t.ended for t in trials)} of {space.size} "
        "points",
        "",
        f"| {' | '.join(heads)} |",
        f"| {' | '.join(['---'] * len(heads))} |",
    ]
    for trial in sorted(
        trials, key=lambda t: t.outcome.get(objective, math.inf)
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


def _title(space):
    registry = CLASSICAL if space.classical else MODELS
    return registry[space.system].title


def _cell(value):
    return json.dumps(value) if isinstance(value, (list, bool)) else value


def _write_best(folder, space, trials, search):
    objective, dataset = search["objective"], search["series"]
    best = best_trial(trials, objective)
    if best is None:
        return
    note = (
        f"Best of {sum(t.ended for t in trials)} trials on validation: "
        f"{objective} {best.outcome[objective]:.4f}"
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
    path = folder / "best" / dataset.replace("/", "_") / f"{space.system}.toml"
    path.parent.mkdir(parents=True, exist_ok=True)
    write_text(
        path, config_text(space, best.point, search, dataset, f"{note}.")
    )


def _draw(folder, space, trials, search):
    objective, name = search["objective"], search["series"]
    unit = SOURCES[name].unit if name in SOURCES else None
    scored = [(t.point, t.outcome.get(objective)) for t in trials if t.ended]
    if all(score is None for _, score in scored):
        return
    try:
        figure = plot_search(
            space.grid,
            scored,
            error=OBJECTIVES[objective],
            title=_title(space),
            unit=unit if objective == "val_mae" else None,
        )
        save_figure(figure, folder / space.system)
    except ImportError as error:
        warnings.warn(f"There are no figures. {error}", stacklevel=3)
