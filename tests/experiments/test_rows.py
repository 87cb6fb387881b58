"""The file of rows: one row a job, whole or not at all."""

import csv
import multiprocessing
import os

import pytest
from filelock import FileLock

from keras_stunet import locks as lock
from keras_stunet.experiments.jobs import KEY
from keras_stunet.experiments.rows import COLUMNS
from keras_stunet.experiments.rows import check_rows
from keras_stunet.experiments.rows import put_row
from keras_stunet.experiments.rows import read_rows


def make(record="a", status="done", **changes):
    row = {"table": "table1", "record": record, "dataset": "freeway"}
    row |= {"protocol": "days", "budget": "full", "seed": 0}
    row |= {"recipe": "c0ffee00", "precision": "float32"}
    return row | {"status": status} | changes


@pytest.mark.parametrize(
    ("first", "second", "added", "left"),
    [
        ("done", "done", False, "first"),
        ("done", "failed", False, "first"),
        ("failed", "done", True, "second"),
        ("failed", "diverged", True, "second"),
    ],
)
def test_a_job_has_one_row_and_only_failures_give_way(
    first, second, added, left, tmp_path
):
    path = tmp_path / "rows.csv"
    assert put_row(path, make("other"))
    assert put_row(path, make(status=first, message="first"))
    assert put_row(path, make(status=second, message="second")) == added
    table = read_rows(path)
    assert len(table) == 2 and path.read_text().count("\n") == 1 + 2
    key = ("table1", "a", "freeway", "days", "full", "c0ffee00", "float32", "0")
    row = table[key]
    assert row["message"] == left and row["mae_15min"] == ""
    assert put_row(path, make(seed=1)) and len(read_rows(path)) == 3
    for name in KEY:
        assert put_row(path, make(**{name: "else"}))
    assert len(read_rows(path)) == 3 + len(KEY) == 11


@pytest.mark.parametrize("order", [(0, 1, 2, 3), (3, 2, 1, 0), (2, 0, 3, 1)])
def test_of_several_rows_of_a_job_one_that_is_done_counts(order, tmp_path):
    # Two files put together by hand.
    path = tmp_path / "rows.csv"
    states = ["failed", "done", "diverged"]
    found = [make(status=state, message=state) for state in states]
    found.append(make("b", "failed"))
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(found[place] for place in order)
    text = path.read_text()
    assert {row["status"] for row in read_rows(path).values()} == {
        *("done", "failed")
    }
    assert check_rows(path) == read_rows(path)
    assert path.read_text() == text  # nothing that was read is lost
    assert not put_row(path, make(status="failed"))
    assert put_row(path, make("c"))
    assert path.read_text().startswith(text)
    assert path.read_text().count("\n") == 1 + 4 + 1


def test_commas_and_lines_of_a_message_survive(tmp_path):
    path = tmp_path / "rows.csv"
    put_row(path, make(message='a, "b"\nc'))
    (row,) = read_rows(path).values()
    assert row["message"] == 'a, "b"\nc' and list(row) == COLUMNS


def test_a_file_is_checked_before_the_work(tmp_path):
    path = tmp_path / "new" / "rows.csv"
    assert check_rows(path) == {}
    assert path.read_text() == ",".join(COLUMNS) + "\n"
    put_row(path, make())
    text = path.read_text()
    assert len(check_rows(path)) == 1 and path.read_text() == text
    assert [file.name for file in path.parent.iterdir()] == ["rows.csv"]
    path.write_text(text.rstrip("\n,") + "\ntable1,b")
    with pytest.raises(ValueError, match="too few or too many cells"):
        check_rows(path)
    path.write_text("a,b\n1,2\n")
    with pytest.raises(ValueError, match=r"columns \['a', 'b'\].*--results"):
        put_row(path, make())
    assert path.read_text() == "a,b\n1,2\n"


def test_a_file_that_another_process_holds(tmp_path, monkeypatch):
    monkeypatch.setattr(lock, "WAIT", 0)
    path = tmp_path / "rows.csv"
    with FileLock(tmp_path / ".rows.csv.lock"):
        with pytest.raises(BlockingIOError, match="--results"):
            put_row(path, make())
    assert put_row(path, make())


def add_some(path, name):
    for number in range(10):
        put_row(path, make(f"{name}{number}"))


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_two_queues_lose_no_row(tmp_path):
    path = tmp_path / "rows.csv"
    context = multiprocessing.get_context("fork")
    writers = [
        context.Process(target=add_some, args=(path, name)) for name in "ab"
    ]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert len(read_rows(path)) == 20
