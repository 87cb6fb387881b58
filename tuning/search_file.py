"""`search.json`: what a search is of, so that it is gone on with as it was."""

import dataclasses
import json
from pathlib import Path

import keras

from keras_stunet.files import read_json
from keras_stunet.files import write_text
from keras_stunet.training.recipe import Recipe
from keras_stunet.training.recipe import without_gone
from keras_stunet.training.runs.folder import differences
from keras_stunet.training.runs.run_data import series_sha256
from keras_stunet.tuning.space import Space

FORMAT = "keras_stunet.search.1"
SEARCH = "search.json"
NOT_KEPT = ("limit",)  # a search may be made longer


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
    path = Path(folder) / SEARCH
    if not path.exists():
        return
    before = read_search(folder)
    # A search of before an option existed is one with its default.
    defaults = without_gone(before.get("defaults", {}))
    defaults = {**search["defaults"], **defaults}
    before = {**before, "defaults": defaults}
    changes = [
        f"{name}: {old!r} then, {new!r} now"
        for name, old, new in differences(before, search)
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
    }


def search_config(search, space, dataset):
    """The data and windows of a space's points, as `Run` takes them."""
    windows = search_windows(search, space)
    names = ("history", "horizon", "calendar")
    model = {name: windows.pop(name) for name in names}
    return {"dataset": dataset, "model": model, **windows}
