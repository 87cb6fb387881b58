"""How long a queue says that it will take."""

import dataclasses

from keras_stunet.experiments import make_jobs
from keras_stunet.experiments.jobs import KEY
from keras_stunet.experiments.rows import COLUMNS
from keras_stunet.experiments.rows import time_left

M = "pemsd7/m"


def test_the_time_left_comes_from_other_seeds(start, make_job):
    jobs = [make_job("a", seed=seed) for seed in range(3)] + [make_job("b")]
    start(jobs)
    left = [line for line in start.said if " to run" in line]
    assert left == [
        "4 to run",
        "3 to run, about 2 min and 1 whose time is not known yet",
        "2 to run, about 1 min and 1 whose time is not known yet",
        "1 to run",
    ]


def test_the_time_left_comes_from_the_epochs_of_another_budget():
    (known,) = make_jobs("table1", "direct8", M, only=["st_unet"], seeds=1)
    row = dict.fromkeys(COLUMNS, "") | dict(zip(KEY, known.key, strict=True))
    row |= {"status": "done", "seconds": "960", "epochs": "8"}
    row |= {"options": "K=3 units=64 s=2", "head": "direct"}
    row |= {"batch_size": "50", "model": "ST-UNet"}
    rows = {known.key: row}

    def left(budget, only="st_unet", **options):
        only = [only]
        return time_left(make_jobs("table1", budget, M, only, **options), rows)

    assert left("direct20", seeds=2) == "2 to run, about 1 h 20 min"
    # Another head, width, precision or model.
    assert left("full", seeds=1) == left("narrow5", seeds=1) == "1 to run"
    assert left("direct20", seeds=1, precision="mixed_bfloat16") == "1 to run"
    assert left("direct20", "gcgru", seeds=1) == "1 to run"
    # In another table it takes as long.
    (copy,) = make_jobs("table3", "direct20", M, only=["copy"], seeds=1)
    assert time_left([copy], rows) == "1 to run, about 40 min"


def test_a_recipe_takes_the_defaults_of_a_model_and_of_a_training():
    known, job = (
        make_jobs("table1", budget, M, only=["st_unet"], seeds=1)[0]
        for budget in ("direct8", "direct20")
    )
    row = dict.fromkeys(COLUMNS, "") | dict(zip(KEY, known.key, strict=True))
    row |= {"status": "done", "seconds": "960", "epochs": "8"}
    row |= {"options": "units=64", "head": "direct", "batch_size": "50"}
    rows = {known.key: row | {"model": "ST-UNet"}}

    def left(*without, job=job):
        arguments = {
            name: value
            for name, value in job.arguments.items()
            if name not in without
        }
        return time_left([dataclasses.replace(job, arguments=arguments)], rows)

    # Of 80 epochs.
    left_out = ("epochs", "batch_size", "units")
    assert left(*left_out) == "1 to run, about 2 h 40 min"
    assert left("head") == "1 to run"  # the model's own is seq2seq
    rows[known.key]["head"] = "seq2seq"
    assert left("head") == "1 to run, about 40 min"


def test_the_time_left_comes_from_the_same_run_in_another_table():
    (known,) = make_jobs("table2", "full", M, only=["st_unet"], seeds=1)
    row = dict.fromkeys(COLUMNS, "") | dict(zip(KEY, known.key, strict=True))
    rows = {known.key: row | {"status": "done", "seconds": "600"}}
    jobs = make_jobs("table3", "full", M, only=["copy"], seeds=2)
    assert time_left(jobs[1:], rows) == "1 to run, about 10 min"
