"""`docs/paper_map.md` leads to code and tests that are there."""

import ast
import pathlib
import re

import pytest

ROOT = pathlib.Path(__file__).parents[1]
LINES = (ROOT / "docs" / "paper_map.md").read_text().splitlines()
ROWS = [
    line.strip("| ").split(" | ")
    for line in LINES
    if line.startswith("| ") and not line.startswith(("| paper", "| ---"))
]


def places(cell):
    """Path and names of each part of a cell: `` `path`: `name`, ...; ... ``."""
    for part in cell.split("; "):
        path, *names = re.findall(r"`([^`]+)`", part)
        yield path, names


def names_in(path):
    """What a Python file defines at its top level."""
    tree = ast.parse(path.read_text())
    kinds = (ast.FunctionDef, ast.ClassDef)
    return {item.name for item in tree.body if isinstance(item, kinds)}


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0])
def test_a_row_leads_to_code_and_to_a_test(row):
    _, code, tests, reading = row
    assert reading
    for path, names in places(code):
        found = names_in(ROOT / "keras_stunet" / path)
        for name in names:
            assert (
                name in found
                or f'"{name}"' in (ROOT / "keras_stunet" / path).read_text()
            ), name
    for path, names in places(tests):
        assert names, path
        found = names_in(ROOT / "tests" / path)
        assert {f"test_{name}" for name in names} <= found, path


def test_every_equation_and_table_of_the_paper_has_a_row():
    said = " ".join(row[0] for row in ROWS)
    for number in range(2, 9):
        assert re.search(rf"Eq\. ([\d, ]*\b)?{number}\b", said), number
    for name in ("Fig. 1", "Algorithm 1", "Figure 2", "Tables 1 to 4"):
        assert name in said
