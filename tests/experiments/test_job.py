"""Jobs are records under a budget, each run once."""

import pytest

from keras_stunet.experiments import recipe_arguments
from keras_stunet.experiments.job import make_jobs
from keras_stunet.experiments.record import RECORDS
from keras_stunet.experiments.table import comparison


def test_a_budget_changes_what_a_model_has():
    jobs = {
        job.record: job
        for job in make_jobs("table1", "direct20", "pemsd7/m", seeds=1)
    }
    full = {
        job.record: job
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
        "system": "arima",
    }


def test_a_seed_of_all_records_comes_before_the_next():
    jobs = make_jobs("table2", seeds=2)
    names = ["gcgru", "t_unet", "s_unet", "st_unet"]
    assert [job.record for job in jobs] == 2 * names
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
    folders = {job.folder("out", "float32") for job in jobs}
    assert len(keys) == len(folders)
    job = make_jobs("table1", "tiny", only=["st_unet"])[0]
    assert job.key == ("table1", "st_unet", "freeway", "days", "tiny", "0")
    assert str(job.folder("out", "mixed_bfloat16")) == (
        "out/table1/freeway/st_unet/tiny/seed0_mixed_bfloat16"
    )
    (job,) = make_jobs("table1", dataset="metr_la/full", only=["arima"])
    assert job.protocol == "windows 7:1:2"
    assert str(job.folder("out", "mixed_bfloat16")) == (
        "out/table1/metr_la_full/arima/none/seed0"
    )


def test_a_budget_of_its_own_data_asks_for_each_record_once():
    jobs = make_jobs("table1", "tiny", seeds=1)
    assert {(job.dataset, job.protocol) for job in jobs} == {
        ("freeway", "days")
    }
    assert len({job.record for job in jobs}) == len(jobs) == 12
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
    ],
)
def test_what_is_not_there_is_said(arguments, message):
    with pytest.raises(ValueError, match=message):
        make_jobs(*arguments)


def test_a_recipe_of_ones_own_is_a_table_of_one_row(tmp_path):
    own = tmp_path / "mine.toml"
    shipped = RECORDS / "table1" / "pemsd7_m" / "fnn.toml"
    own.write_text(shipped.read_text().replace("[0, 1, 2]", "[7]"))
    (job,) = make_jobs(str(own))
    assert job.key == ("own", "mine", "pemsd7/m", "days", "full", "7")
    (other,) = make_jobs("table1", only=["fnn"], dataset="pemsd7/m", seeds=1)
    assert job.arguments == other.arguments
    text = comparison(str(own), "pemsd7/m", "full", [])
    assert text.startswith("# Recipe mine on pemsd7/m")
    assert "| FNN | 2.39 | queued | - |" in text


def test_a_fitted_system_is_no_recipe_to_train():
    with pytest.raises(ValueError, match="is of ARIMA, which is fitted"):
        recipe_arguments("table1/pemsd7_m/arima")
