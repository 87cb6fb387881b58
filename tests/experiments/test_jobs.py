"""Jobs are records under a budget, each run once."""

import hashlib
import subprocess
import sys

import numpy as np
import pytest

from keras_stunet.data import Series
from keras_stunet.experiments import recipe_arguments
from keras_stunet.experiments.config import CONFIGS
from keras_stunet.experiments.jobs import make_jobs
from keras_stunet.experiments.report import comparison
from tests.children import environment


def test_a_budget_changes_what_a_model_has():
    jobs = {
        job.name: job
        for job in make_jobs("table1", "direct20", "pemsd7/m", seeds=1)
    }
    full = {
        job.name: job
        for job in make_jobs("table1", "full", "pemsd7/m", seeds=1)
    }
    changed = {"epochs": 20, "head": "direct"}
    for name in ("st_unet", "stgcn", "dcrnn"):
        assert jobs[name].arguments == full[name].arguments | changed
        assert jobs[name].budget == "direct20"
    assert jobs["fnn"].arguments == full["fnn"].arguments | {"epochs": 20}
    assert full["st_unet"].arguments["epochs"] == 80
    # What is fitted has no budget: the same job in all of them.
    assert jobs["arima"] == full["arima"] and jobs["arima"].budget == "none"
    assert jobs["arima"].arguments == {
        "dataset": "pemsd7/m",
        "protocol": "days",
        "parts": None,
        "history": 12,
        "horizon": 12,
        "order": [3, 0, 1],
        "system": "arima",
    }


def test_a_seed_of_all_records_comes_before_the_next():
    jobs = make_jobs("table2", seeds=2)
    names = ["gcgru", "t_unet", "s_unet", "st_unet"]
    assert [job.name for job in jobs] == 2 * names
    assert [job.seed for job in jobs] == 4 * [0] + 4 * [1]
    assert len(make_jobs("table2", only=["t_unet"])) == 5
    assert len({job.key for job in make_jobs("table1")}) == 2 * (5 + 7 * 3)


def test_keys_and_folders_tell_runs_apart():
    jobs = [
        job
        for budget in ("full", "direct8", "tiny")
        for table in ("table1", "table2", "table4")
        for job in make_jobs(table, budget)
    ]
    keys = {job.key for job in jobs}
    folders = {job.folder("out") for job in jobs}
    assert len(keys) == len(folders)
    half = {"precision": "mixed_bfloat16"}
    job = make_jobs("table1", "tiny", only=["st_unet"], **half)[0]
    digest = job.config_hash
    assert job.key == (
        *("table1", "st_unet", "freeway", "days", "tiny", digest),
        *("mixed_bfloat16", "0"),
    )
    assert str(job.folder("out")) == (
        f"out/table1/freeway/st_unet/tiny_{digest}/seed0_mixed_bfloat16"
    )
    whole = make_jobs("table1", "tiny", only=["st_unet"])[0]
    assert str(whole.folder("out")) == (
        f"out/table1/freeway/st_unet/tiny_{digest}/seed0"
    )
    (job,) = make_jobs("table1", dataset="metr_la/full", only=["arima"])
    assert job.protocol == "windows 7:1:2"
    assert (job.precision, job.budget) == ("", "none")
    assert str(job.folder("out")) == (
        f"out/table1/metr_la_full/arima/none_{job.config_hash}/seed0"
    )
    (same,) = make_jobs(
        "table1", dataset="metr_la/full", only=["arima"], **half
    )
    assert same == job


def test_the_digest_is_of_all_that_is_asked_for(tmp_path):
    # Written down once: rows of earlier runs must stay those of their record.
    (ours,) = make_jobs("table1", dataset="pemsd7/m", only=["persistence"])
    text = (
        '{"dataset": "pemsd7/m", "history": 12, "horizon": 12, "parts": null, '
        '"protocol": "days", "system": "persistence"}'
    )
    assert ours.config_hash == hashlib.sha256(text.encode()).hexdigest()[:8]
    assert ours.config_hash == "be7519d1"
    shipped = CONFIGS / "table1" / "pemsd7_m" / "fnn.toml"
    changes = [("title", "titel"), ("units = 256", "units = 128")]
    changes += [("epochs = 100", "epochs = 90"), ("[]", '["time_of_day"]')]
    changes += [("calendar", "parts = [34, 5, 5]\ncalendar")]
    text = shipped.read_text()
    digests = []
    for old, new in [("", ""), *changes[1:]]:
        assert old in text
        own = tmp_path / "mine.toml"
        own.write_text(text.replace(old, new, 1))
        digests.append(make_jobs(str(own))[0].config_hash)
    assert len(set(digests)) == len(digests) == 5
    own = tmp_path / "elsewhere" / "mine.toml"
    own.parent.mkdir()
    own.write_text(text.replace('title = "FNN"', 'title = "Another"'))
    assert make_jobs(str(own))[0].config_hash == digests[0]


def test_a_budget_of_its_own_data_asks_for_each_record_once():
    jobs = make_jobs("table1", "tiny", seeds=1)
    assert {(job.dataset, job.protocol) for job in jobs} == {
        ("freeway", "days")
    }
    assert len({job.name for job in jobs}) == len(jobs) == 12
    assert jobs[-1].arguments["parts"] is None
    assert jobs[-1].arguments["calendar"] == []
    assert jobs == make_jobs("table1", "tiny", "freeway", seeds=1)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("table1", "direct2"), "Did you mean 'direct20'"),
        (("table1", "full", "freeway"), "`dataset` is 'freeway'"),
        (("table1", "tiny", "pemsd7/m"), "expected one of 'freeway'"),
        (("table1", "full", None, ["stunet"]), "Did you mean 'st_unet'"),
        (("table1", "full", None, (), 0), "`seeds` is 0"),
        (("table1", "full", None, (), 1, "half"), "`precision` is 'half'"),
    ],
)
def test_what_is_not_there_is_said(arguments, message):
    with pytest.raises(ValueError, match=message):
        make_jobs(*arguments)


def test_a_recipe_of_ones_own_is_a_table_of_one_row(tmp_path):
    own = tmp_path / "mine.toml"
    shipped = CONFIGS / "table1" / "pemsd7_m" / "fnn.toml"
    own.write_text(shipped.read_text().replace("[0, 1, 2]", "[7]"))
    (job,) = make_jobs(str(own))
    assert job.key == (
        *("own", "mine", "pemsd7/m", "days", "full", job.config_hash),
        *("float32", "7"),
    )
    (other,) = make_jobs("table1", only=["fnn"], dataset="pemsd7/m", seeds=1)
    assert job.arguments == other.arguments
    text = comparison(str(own), "pemsd7/m", "full", {})
    assert text.startswith("# Recipe mine on pemsd7/m")
    assert "| FNN | 2.39 | queued | - |" in text


FULL, WINDOWS = "table1/metr_la_full/st_unet", ("protocol", "parts", "calendar")


@pytest.mark.parametrize(
    ("given", "left"),
    [
        ({}, ("windows", (7, 1, 2), ("time_of_day",))),
        ({"dataset": "metr_la/full"}, ("windows", (7, 1, 2), ("time_of_day",))),
        ({"protocol": "windows"}, ("windows", (7, 1, 2), ("time_of_day",))),
        ({"protocol": "days"}, ("days", None, ("time_of_day",))),
        (
            {"protocol": "days", "parts": (100, 9, 10)},
            ("days", (100, 9, 10), ("time_of_day",)),
        ),
        ({"parts": (6, 2, 2)}, ("windows", (6, 2, 2), ("time_of_day",))),
        ({"dataset": "pemsd7/m"}, (None, None, None)),
        ({"dataset": "mine.npz"}, (None, None, None)),
        ({"dataset": "pemsd7/m", "protocol": "days"}, ("days", None, None)),
        (
            {"dataset": "pemsd7/m", "calendar": ("day_of_week",)},
            (None, None, ("day_of_week",)),
        ),
    ],
)
def test_data_of_a_recipe_go_with_its_data_set_and_protocol(given, left):
    arguments = recipe_arguments(FULL, **given)
    assert tuple(arguments.get(name) for name in WINDOWS) == left
    assert arguments["dataset"] == given.get("dataset", "metr_la/full")
    assert arguments["units"] == 96 and arguments["epochs"] == 80


def test_a_file_of_the_recipes_data_set_is_no_other_data(tmp_path):
    path = tmp_path / "small.npz"
    named = {"name": "metr_la/full"}
    Series(np.ones((9, 2)), np.eye(2)[::-1], **named).save(path)
    arguments = recipe_arguments(FULL, str(path), epochs=2)
    assert (arguments["dataset"], arguments["epochs"]) == (str(path), 2)
    assert arguments["parts"] == (7, 1, 2)


def test_a_fitted_system_is_no_recipe_to_train():
    with pytest.raises(ValueError, match="is of ARIMA, which is fitted"):
        recipe_arguments("table1/pemsd7_m/arima")


def test_a_recipe_for_data_of_ones_own_needs_such_data(tmp_path):
    text = (CONFIGS / "table1/metr_la_full/fnn.toml").read_text()
    own = tmp_path / "fnn.toml"
    own.write_text(text.replace('"metr_la/full"', '"metr_la/ful"'))
    with pytest.raises(ValueError, match="given none.* mean 'metr_la/full'"):
        recipe_arguments(str(own))
    path = tmp_path / "roads.npz"
    Series(np.ones((9, 2)), np.eye(2)[::-1], name="roads").save(path)
    arguments = recipe_arguments(str(own), str(path))
    assert (arguments["dataset"], arguments["parts"]) == (str(path), (7, 1, 2))
    # A built-in data set has a protocol of its own.
    assert "parts" not in recipe_arguments(str(own), "pemsd7/m")


@pytest.mark.long
def test_devices_can_be_opened_after_a_recipe_was_read(tmp_path):
    pytest.importorskip("tensorflow")
    script = """
from keras_stunet.experiments import recipe_arguments
from keras_stunet.training.devices.base import open_devices
from keras_stunet.training.recipe import Recipe
recipe_arguments("table1/pemsd7_m/stgcn")
with open_devices(2, Recipe(batch_size=2)) as devices:
    print(devices.count)
"""
    done = subprocess.run(
        [sys.executable, "-c", script],
        env=environment("tensorflow", tmp_path),
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.stdout == "2\n", done.stderr
    own = tmp_path / "stgcn.toml"
    text = (CONFIGS / "table1/pemsd7_m/stgcn.toml").read_text()
    own.write_text(text.replace("\nK = 3", "\nterms = 3"))
    with pytest.raises(ValueError, match="no option 'terms'"):
        recipe_arguments(str(own))
