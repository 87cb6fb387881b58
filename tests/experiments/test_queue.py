"""The queue: every job one row, whatever happens to it or to the queue."""

import csv
import os
import pathlib
import signal
import time

import pytest

from keras_stunet.experiments import queue
from keras_stunet.experiments.rows import read_rows

pytestmark = pytest.mark.skipif(
    not hasattr(os, "fork"), reason="needs fork and signals"
)


def die(*_, **__):
    os.kill(os.getpid(), signal.SIGKILL)


def rows_of(start):
    with start.results.open(newline="") as file:
        return list(csv.DictReader(file))


def starts(start, job):
    log = job.folder(start.out) / "starts.log"
    return len(log.read_text().splitlines()) if log.exists() else 0


def test_a_queue_runs_all_and_a_second_one_nothing(start, make_job):
    jobs = [make_job("a", seed=1), make_job("b"), make_job("c")]
    assert start(jobs) == {"a": "done", "b": "done", "c": "done"}
    assert "  a on freeway, tiny, seed 1" in start.said[0]
    assert start.said[0].endswith(" queued") and "3 to run" in start.said[3]
    rows = rows_of(start)
    assert [row["record"] for row in rows] == ["a", "b", "c"]
    assert rows[0]["seed"] == "1" and rows[0]["precision"] == "float32"
    assert rows[0]["mae_60min"] == "4.0" and rows[0]["commit"] == "c0ffee"
    assert {row["status"] for row in rows} == {"done"}
    written = start.results.read_bytes()
    assert start(jobs) == {"a": "done", "b": "done", "c": "done"}
    assert start.results.read_bytes() == written
    assert [starts(start, job) for job in jobs] == [1, 1, 1]


@pytest.mark.parametrize(
    ("act", "status", "message"),
    [
        ("diverge", "diverged", "loss is nan"),
        ("be killed", "out of memory", "SIGKILL"),
        ("crash", "failed", "ended by SIGSEGV"),
        ("end early", "failed", "status 0 and without scores"),
    ],
)
def test_a_failure_is_a_row_and_the_queue_goes_on(
    act, status, message, start, make_job
):
    jobs = [make_job("bad", act), make_job("good")]
    assert start(jobs) == {"bad": status, "good": "done"}
    bad, good = rows_of(start)
    assert (bad["status"], good["status"]) == (status, "done")
    assert message in bad["message"] and good["message"] == ""
    assert bad["protocol"] == "days" and bad["mae_15min"] == ""
    written = start.results.read_bytes()
    assert start(jobs)["bad"] == status  # not again, unless asked to
    assert starts(start, jobs[0]) == 1
    assert start.results.read_bytes() == written
    assert start(jobs, retry=True)["bad"] == status
    assert starts(start, jobs[0]) == 2 and starts(start, jobs[1]) == 1
    assert len(rows_of(start)) == 2


@pytest.mark.parametrize(
    ("act", "state"),
    [
        ("be ended by SIGTERM", "stopped"),
        ("be ended by SIGHUP", "stopped"),
        ("end interrupted", "stopped"),
        ("lack a package", "a package is missing"),
    ],
)
def test_what_is_no_failure_of_the_run_is_no_row(act, state, start, make_job):
    jobs = [make_job("a", act), make_job("b")]
    for count in (1, 2):  # it goes on with the next start, unasked
        assert start(jobs) == {"a": state, "b": "done"}
        assert starts(start, jobs[0]) == count
    assert [row["record"] for row in rows_of(start)] == ["b"]


def test_a_run_that_is_killed_goes_on_while_it_gains_epochs(start, make_job):
    job = make_job("a", "be killed twice after an epoch")
    assert start([job]) == {"a": "done"}
    assert starts(start, job) == 3
    assert [row["status"] for row in rows_of(start)] == ["done"]


def test_what_failed_may_succeed_later(start, make_job):
    jobs = [make_job("a", "fail once")]
    assert start(jobs) == {"a": "diverged"}
    assert start(jobs, retry=True) == {"a": "done"}
    (row,) = rows_of(start)
    assert row["status"] == "done" and row["message"] == ""


def kill_before_child(patch):
    patch.setattr(queue, "run_child", die)


def kill_before_row(patch):
    whole = queue.run_child
    patch.setattr(queue, "run_child", lambda *a: (whole(*a), die()))


def kill_in_row(patch):
    def writerows(self, rows):
        rows = list(rows)
        whole(self, rows[:-1])
        if len(rows) > kill_in_row.before:
            die()
        whole(self, rows[-1:])

    whole = csv.DictWriter.writerows
    patch.setattr(csv.DictWriter, "writerows", writerows)


def kill_before_rename(patch):
    def replace(self, target):
        if self.suffix == ".csv" and len(read_rows(self)) > kill_in_row.before:
            die()
        return whole(self, target)

    whole = pathlib.Path.replace
    patch.setattr(pathlib.Path, "replace", replace)


def kill_after_row(patch):
    whole = queue.collect

    def collect(job, folder, results):
        state = whole(job, folder, results)
        if len(read_rows(results)) > kill_in_row.before:
            die()
        return state

    patch.setattr(queue, "collect", collect)


KILLS = [kill_before_child, kill_before_row, kill_in_row, kill_before_rename]
KILLS += [kill_after_row]


@pytest.mark.parametrize("act", ["finish", "diverge"])
def test_killed_at_every_point_each_job_has_one_row(
    act, start, make_job, forked, ending
):
    jobs = [make_job(str(place), act) for place in range(len(KILLS))]
    jobs.append(make_job("last", "kill the queue"))
    for kill in KILLS:
        kill_in_row.before = len(read_rows(start.results))

        def run(kill=kill):
            with pytest.MonkeyPatch.context() as patch:
                kill(patch)
                start(jobs)

        assert ending(forked(run)) == -signal.SIGKILL, kill
        rows = rows_of(start) if start.results.exists() else []
        keys = [row["record"] for row in rows]
        assert len(keys) == len(set(keys))
    # The run itself kills the queue, and is gone on with by the next.
    left = [job for job in jobs if job.key not in read_rows(start.results)]
    assert len(left) > 1
    assert ending(forked(lambda: start(jobs))) == -signal.SIGKILL
    states = start(jobs)
    assert any("to go on with" in line for line in start.said)
    expected = "done" if act == "finish" else "diverged"
    assert states == {job.name: expected for job in jobs[:-1]} | {
        "last": "done"
    }
    assert sorted(row["record"] for row in rows_of(start)) == sorted(
        job.name for job in jobs
    )
    # No run that had ended was made again.
    assert [starts(start, job) for job in jobs] == [1] * len(KILLS) + [2]


@pytest.mark.parametrize("count", [1, 2])
def test_ctrl_c_reaches_the_run_once_a_time(
    count, start, make_job, forked, ending
):
    jobs = [make_job("a", f"interrupt {count}"), make_job("b")]
    folder = jobs[0].folder(start.out)
    process = forked(lambda: start(jobs))
    wait_for(folder / "waits")
    for number in range(count):
        os.kill(process, signal.SIGINT)
        if number + 1 < count:
            wait_for_text(folder / "seen", str(number + 1))
    assert ending(process) == 130
    # A group of its own: the terminal's Ctrl-C does not reach it as well.
    child, group = (folder / "starts.log").read_text().split()
    assert child == group != str(os.getpgrp())
    with pytest.raises(ProcessLookupError):
        os.kill(int(child), 0)
    assert rows_of(start) == [] and starts(start, jobs[1]) == 0
    assert start(jobs) == {"a": "done", "b": "done"}


def test_a_folder_in_use_is_waited_for_then_left(start, make_job):
    jobs = [make_job("a", "be busy"), make_job("b")]
    assert start(jobs) == {"a": "in use by another process", "b": "done"}
    assert [row["record"] for row in rows_of(start)] == ["b"]
    jobs = [make_job("c", "be busy once")]
    assert start(jobs, patience=0.1) == {"c": "done"}


def test_data_that_are_not_there_are_named_and_others_run(
    start, make_job, monkeypatch
):
    jobs = [make_job("a", dataset="pemsd7/l"), make_job("b")]
    monkeypatch.delenv("KERAS_STUNET_RAW_DIR", raising=False)
    assert start(jobs, data_dir="nowhere") == {"a": "no data", "b": "done"}
    assert "keras-stunet datasets build pemsd7/l" in start.said[0]
    assert starts(start, jobs[0]) == 0


def test_a_run_of_another_table_is_not_made_again(start, make_job):
    start([make_job("a")])
    written = start.results.read_bytes()
    same = make_job("a", table="table2", run="table2/freeway/a")
    assert start([same]) == {"a": "done"}
    assert starts(start, same) == 0
    assert start.results.read_bytes() == written


def test_an_edited_record_has_a_run_and_a_row_of_its_own(start, make_job):
    first = make_job("a")
    edited = make_job("a", arguments={**first.arguments, "epochs": 3})
    assert start([first]) == start([edited]) == {"a": "done"}
    assert starts(start, first) == starts(start, edited) == 1
    recipes = [row["recipe"] for row in rows_of(start)]
    assert recipes == [first.config_hash, edited.config_hash]
    assert all(len(recipe) == 8 for recipe in set(recipes)) and len(
        set(recipes)
    ) == len(recipes)
    # Back again: nothing is run.
    assert start([first]) == {"a": "done"} and starts(start, first) == 1


def test_a_folder_of_another_job_stops_the_queue_at_the_start(start, make_job):
    job, new = make_job("a"), make_job("b")
    start([job])
    started = job.folder(start.out) / "config.json"
    started.write_text(started.read_text().replace('"seed": 0', '"seed": 7'))
    (job.folder(start.out) / "metrics.json").unlink()  # not finished yet
    with pytest.raises(ValueError, match="seed: 7 then, 0 now"):
        start([new, job])
    assert starts(start, new) == 0


def test_precisions_have_runs_and_rows_of_their_own(start, make_job):
    names = ("float32", "mixed_bfloat16")
    jobs = [make_job("a", precision=name) for name in names]
    fitted = make_job("f", precision="", classical=True, budget="none")
    assert start([jobs[0], fitted]) == {"a": "done", "f": "done"}
    # What is fitted has none: it is neither run again nor refused.
    assert start([jobs[1], fitted]) == {"a": "done", "f": "done"}
    assert [starts(start, job) for job in (*jobs, fitted)] == [1, 1, 1]
    assert [row["precision"] for row in rows_of(start)] == [
        *("float32", "", "mixed_bfloat16")
    ]


def wait_for(path):
    until = time.monotonic() + 20
    while not path.exists():
        assert time.monotonic() < until, f"{path} was not written"
        time.sleep(0.01)


def wait_for_text(path, text):
    until = time.monotonic() + 20
    while not path.exists() or path.read_text() != text:
        assert time.monotonic() < until, f"{path} does not say {text}"
        time.sleep(0.01)
