"""Names that files and readers know by heart stay as they are.

`registered_names.txt` has those that saved models name their parts by,
`public_names.txt` those that README and docs tell a reader to import. A new
name is added there, and from then on none is renamed.
"""

import importlib
import re
from pathlib import Path

import keras
import pytest

import keras_stunet

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
PACKAGE = Path(keras_stunet.__file__).parent
REGISTERED = (HERE / "registered_names.txt").read_text().split()
PUBLIC = (HERE / "public_names.txt").read_text().split()

DOTTED = re.compile(r"\bkeras_stunet(?:\.[A-Za-z_]\w*)+")
IMPORTED = re.compile(
    r"^\s*from (keras_stunet[\w.]*) import (\([^)]*\)|[\w, ]+)", re.MULTILINE
)


def names_in(text):
    """Dotted names of this package that a text tells to use."""
    yield from DOTTED.findall(text)
    for module, names in IMPORTED.findall(text):
        yield from (f"{module}.{name}" for name in re.findall(r"\w+", names))


def find(name):
    """The object of a dotted name, or an error."""
    parts = name.split(".")
    for end in range(len(parts), 0, -1):
        try:
            found = importlib.import_module(".".join(parts[:end]))
        except ModuleNotFoundError as error:
            if error.name != ".".join(parts[:end]):
                raise
            continue
        for part in parts[end:]:
            found = getattr(found, part)
        return found
    raise ModuleNotFoundError(name)


def test_names_registered_with_keras_are_those_of_saved_models():
    for path in PACKAGE.rglob("*.py"):
        if "register_keras_serializable" in path.read_text():
            inner = path.relative_to(PACKAGE).with_suffix("").parts
            importlib.import_module(".".join((PACKAGE.name, *inner)))
    names = keras.saving.get_custom_objects()
    ours = {name for name in names if name.startswith("keras_stunet>")}
    assert sorted(ours) == REGISTERED, (
        "add a new name to registered_names.txt, in order; none is renamed"
    )


@pytest.mark.parametrize("name", PUBLIC)
def test_a_public_name_can_be_imported(name):
    find(name)


def test_each_name_that_readme_and_docs_use_is_kept():
    files = [ROOT / "README.md", ROOT / "tuning" / "README.md"]
    files += (ROOT / "docs").glob("*.md")
    names = {name for path in files for name in names_in(path.read_text())}
    assert len(names) > 20
    assert names <= set(PUBLIC)


def test_names_are_found_in_any_form():
    text = """
    from keras_stunet.data import Series, Splits
    from keras_stunet.layers import (
        ChebConv,
        STPool,
    )
    `python -m keras_stunet.training.results` and `keras_stunet.metrics`.
    """
    assert sorted(names_in(text)) == [
        "keras_stunet.data",
        "keras_stunet.data.Series",
        "keras_stunet.data.Splits",
        "keras_stunet.layers",
        "keras_stunet.layers.ChebConv",
        "keras_stunet.layers.STPool",
        "keras_stunet.metrics",
        "keras_stunet.training.results",
    ]
