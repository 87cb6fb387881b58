"""How much training is spent: named sets of changes to all records.

They stand in `budgets.toml`. Scores of different budgets are not comparable,
so a budget is part of the name of each run and of each row of results.
"""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from keras_stunet.checks import check_choice

DATA = ("dataset", "protocol", "parts", "calendar")
NONE = "none"  # the budget of systems that are fitted, not trained


class Budget(NamedTuple):
    """A named set of changes to a record.

    Attributes:
        name: Its name.
        title: What it is, for headings.
        changes: Options of model and training, for models that have them.
        data: Data set and protocol in place of the record's, or empty.
    """

    name: str
    title: str
    changes: Mapping
    data: Mapping


def find_budget(name):
    """The budget called `name`.

    Raises:
        ValueError: If there is none; the message names the nearest one.
    """
    return BUDGETS[check_choice("budget", name, tuple(BUDGETS))]


def _read():
    path = Path(__file__).with_name("budgets.toml")
    budgets = {}
    for name, content in tomllib.loads(path.read_text()).items():
        title = content.pop("title")
        data = {key: content.pop(key) for key in DATA if key in content}
        budgets[name] = Budget(name, title, content, data)
    return budgets


BUDGETS = _read()
