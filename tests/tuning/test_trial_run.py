"""A trial: the very training of `train_model`, without the test split."""

import json

import numpy as np
import pytest

from keras_stunet.data import make_windows
from keras_stunet.training import train_model
from keras_stunet.tuning.search_folder import search_windows
from keras_stunet.tuning.space_checks import make_point
from keras_stunet.tuning.trial_run import run_point

TINY = {"units": 2, "epochs": 2, "batch_size": 60}


def splits_of(series, search, space):
    """Windows of which those of the test cannot be read."""
    splits = make_windows(series, **search_windows(search, space))
    return splits._replace(test=None)


def test_a_trial_comes_to_the_value_that_train_model_comes_to(
    make_search, series, npz
):
    # The decoder draws, so seeds, schedules and order must all agree.
    fixed = {**TINY, "K": 1, "layers": 1}
    grid = {"sampling_half": (0.3, 0.6), "no_sampling": (False, True)}
    folder, space, search = make_search("gcgru", grid, fixed, seed=3)
    point = {"sampling_half": 0.6, "no_sampling": False}
    outcome = run_point(
        space, point, series, splits_of(series, search, space), search
    )
    assert outcome["status"] == "done"
    train_model(
        npz,
        folder / "run",
        model="gcgru",
        protocol="windows",
        seed=3,
        progress=False,
        **point,
        **space.fixed,
    )
    metrics = json.loads((folder / "run/metrics.json").read_text())
    assert outcome["val_mae"] == pytest.approx(
        metrics["best"]["val_mae"], rel=1e-6
    )
    assert outcome["best_epoch"] == metrics["best"]["epoch"]
    assert outcome["epochs"] == 2
    assert outcome["parameters"] == metrics["parameters"]


def test_a_classical_system_is_scored_on_validation(make_search, series):
    grid = {"C": (0.1, 1.0), "epsilon": (0.05, 0.1)}
    folder, space, search = make_search("linear_svr", grid)
    point = {"C": 1.0, "epsilon": 0.05}
    splits = splits_of(series, search, space)
    outcome = run_point(space, point, series, splits, search)
    system = make_point("linear_svr", point).fit(splits.train)
    indices = np.arange(len(splits.validation))
    forecast = system.predict(splits.validation, indices)
    target = splits.validation.gather(indices)[1]
    assert outcome["val_mae"] == pytest.approx(
        float(np.abs(np.float64(forecast) - target).mean()), rel=1e-9
    )


def test_a_training_that_gets_no_better_ends_early(make_search, series):
    # Nothing is learnt at this rate: only rounding moves the error.
    fixed = {**TINY, "epochs": 50, "learning_rate": 1e-30}
    folder, space, search = make_search(
        "fnn", {"layers": (1, 2)}, fixed, patience=2
    )
    splits = splits_of(series, search, space)
    outcome = run_point(space, {"layers": 1}, series, splits, search)
    assert (outcome["best_epoch"], outcome["epochs"]) == (1, 3)


def test_a_training_that_diverges_is_a_failed_trial(make_search, series):
    fixed = {**TINY, "learning_rate": 1e30, "clipnorm": float("inf")}
    folder, space, search = make_search("fnn", {"layers": (1, 2)}, fixed)
    splits = splits_of(series, search, space)
    outcome = run_point(space, {"layers": 2}, series, splits, search)
    assert outcome["status"] == "diverged"
    assert "the training diverged" in outcome["message"]
    assert outcome["seconds"] > 0


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (MemoryError("no room"), "out of memory"),
        (RuntimeError("RESOURCE_EXHAUSTED: 9 GiB"), "out of memory"),
        (ZeroDivisionError("what else"), "failed"),
    ],
)
def test_whatever_a_trial_raises_is_recorded(
    make_search, series, monkeypatch, error, status
):
    def fail(*_):
        raise error

    monkeypatch.setattr("keras_stunet.tuning.trial_run._train", fail)
    folder, space, search = make_search("fnn", {"layers": (1, 2)})
    outcome = run_point(space, {"layers": 1}, series, None, search)
    assert outcome["status"] == status
    assert str(error) in outcome["message"]
