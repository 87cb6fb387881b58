"""What a search tries: the points of a grid, as data in a TOML file.

The files that come along lie in `spaces/`; one of your own is given by its
path. A file holds a table for each system, a key of `MODELS` or `CLASSICAL`:

    [st_unet.grid]             # first of each list: what was published
    K = [3, 2, 4]
    learning_rate = [0.01, 0.003]
    [st_unet.fixed]            # for all points; the rest is the default
    head = "direct"
    epochs = 8

Names are arguments of the system's builder, fields of `Recipe` (but for the
seed and the precision, which are the search's) and `no_sampling`.
"""

import itertools
import json
import math
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from keras_stunet.baselines import CLASSICAL
from keras_stunet.checks import check_choice
from keras_stunet.models import MODELS

SPACES = Path(__file__).with_name("spaces")


class Space(NamedTuple):
    """The points that are tried of one system.

    Attributes:
        system: A key of `MODELS`, or of `CLASSICAL` if `classical`.
        classical: Whether the system is fitted, and not trained by epochs.
        grid: `{name: values}`, of each the published one first.
        fixed: `{name: value}`, the same for all points.
    """

    system: str
    classical: bool
    grid: Mapping
    fixed: Mapping

    @property
    def size(self):
        """Number of points of the whole grid."""
        return math.prod(map(len, self.grid.values()))

    def points(self, limit=None):
        """The first points of the grid, those nearest to the published one.

        Args:
            limit: How many, at most; by default all.

        Returns:
            A list of `{name: value}`, without what is fixed.
        """
        return list(itertools.islice(nearest_first(self.grid), limit))

    def changes(self, point):
        """What of a point is not as published, `{name: value}`."""
        return {
            name: value
            for name, value in point.items()
            if value != self.grid[name][0]
        }

    def choices(self):
        """The grid as KerasTuner takes it, `{name: [number or string]}`."""
        return {
            name: [_encode(value) for value in values]
            for name, values in self.grid.items()
        }

    def decode(self, choice):
        """The point that `choices` stand for."""
        choices = self.choices()
        return {
            name: values[choices[name].index(choice[name])]
            for name, values in self.grid.items()
        }


def nearest_first(grid):
    """Points of a grid in the order in which they are tried.

    First the point of all first values, then those that differ from it in
    one, then in two, and so on. So a search that is cut short has looked
    around that point, whatever the order of the names.

    Args:
        grid: `{name: values}`.

    Yields:
        `{name: value}`, in the order of the names.

    Example:
    >>> [tuple(p.values()) for p in nearest_first({"a": [1, 2], "b": [5, 6]})]
    [(1, 5), (2, 5), (1, 6), (2, 6)]
    """
    first = {name: values[0] for name, values in grid.items()}
    for count in range(len(grid) + 1):
        for names in itertools.combinations(grid, count):
            others = (grid[name][1:] for name in names)
            for values in itertools.product(*others):
                yield {**first, **dict(zip(names, values, strict=True))}


def read_spaces(name, systems=()):
    """Read a file of spaces; `check_space` says whether they make sense.

    Args:
        name: Of a file in `spaces/`, without its ending, or the path of a
            `.toml` file.
        systems: Which of its systems; by default all.

    Returns:
        A list of `Space`, in the order of the file.

    Raises:
        ValueError: If there is no such space or system, or the file is
            damaged, empty or of another form.
        OSError: If the file cannot be read.

    Example:
    >>> read_spaces("two_cores", ["gcgru"])[0].grid["K"]
    (3, 1, 2)
    """
    path = Path(name)
    if path.suffix != ".toml":
        known = sorted(path.stem for path in SPACES.glob("*.toml"))
        check_choice("space", name, tuple(known))
        path = SPACES / f"{name}.toml"
    try:
        content = tomllib.loads(path.read_text())
    except ValueError as error:
        raise ValueError(f"{path} is no TOML: {error}.") from error
    if not content:
        raise ValueError(
            f"{path} holds no space. Give it a table [SYSTEM.grid] of lists, "
            "such as those in tuning/spaces/paper.toml."
        )
    for system in systems:
        check_choice("model", system, tuple(content))
    return [
        _space(path, system, table)
        for system, table in content.items()
        if not systems or system in systems
    ]


def _space(path, system, table):
    try:
        check_choice("system", system, (*MODELS, *CLASSICAL))
        if not isinstance(table, dict) or not table.keys() <= {"grid", "fixed"}:
            raise ValueError(
                f"[{system}] is {table!r}; expected tables [{system}.grid] "
                f"and [{system}.fixed]."
            )
        grid = table.get("grid", {})
        if not grid:
            raise ValueError(
                f"[{system}.grid] is empty: there is nothing to choose. Give "
                "it a list of values, or leave the system out."
            )
        for name, values in grid.items():
            _check_axis(name, values)
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from error
    grid = {name: _alike(values) for name, values in grid.items()}
    return Space(system, system not in MODELS, grid, table.get("fixed", {}))


def _check_axis(name, values):
    if not isinstance(values, list) or not values:
        raise ValueError(
            f"`{name}` is {values!r}; expected a list of at least one value, "
            "the published one first. Values for all points stand in "
            "[SYSTEM.fixed]."
        )
    if len({_encode(value) for value in values}) < len(values):
        raise ValueError(f"`{name}` is {values!r}; expected each value once.")
    kinds = {type(value) for value in values}
    if len(kinds) > 1 and kinds != {int, float}:
        raise ValueError(
            f"`{name}` is {values!r}; expected values of one type."
        )


def _alike(values):
    """A tuple of numbers of one type."""
    if any(isinstance(value, float) for value in values):
        return tuple(map(float, values))
    return tuple(values)


def _encode(value):
    # What KerasTuner's `Choice` can hold and keep apart; of booleans it would
    # make numbers.
    if isinstance(value, (int, float, str)) and not isinstance(value, bool):
        return value
    return json.dumps(value)
