"""The oracle against KerasTuner's own, and gone on with at every point."""

import copy
import itertools
import json
import warnings

import keras_tuner
import pytest

from keras_stunet.tuning.grid_oracle import ResumableGridSearchOracle


def space():
    """Three hyperparameters, one of which is there for one value only."""
    hp = keras_tuner.HyperParameters()
    hp.Choice("kind", ["a", "b"])
    with hp.conditional_scope("kind", ["b"]):
        hp.Choice("depth", [2, 1, 3], default=2)
    hp.Choice("rate", [0.1, 0.2])
    return hp


EXPECTED = [
    {"kind": "a", "rate": 0.1},
    {"kind": "a", "rate": 0.2},
    *(
        {"kind": "b", "depth": depth, "rate": rate}
        for depth, rate in itertools.product([2, 1, 3], [0.1, 0.2])
    ),
]


def make(kind, folder, **options):
    oracle = kind(
        objective=keras_tuner.Objective("error", "min"),
        hyperparameters=space(),
        **options,
    )
    oracle.verbose = 0
    oracle._set_project_dir(str(folder), "project")
    return oracle


def take(oracle, count=None, worker="tuner0"):
    """Run trials one after the other; their values, in order."""
    values = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # KerasTuner's
        while count is None or len(values) < count:
            trial = oracle.create_trial(worker)
            if trial.status == "STOPPED":
                break
            values.append(trial.hyperparameters.values)
            oracle.update_trial(trial.trial_id, {"error": 1.0})
            trial.status = "COMPLETED"
            oracle.end_trial(trial)
    return values


def test_the_order_is_that_of_kerastuner(tmp_path):
    theirs = make(keras_tuner.oracles.GridSearchOracle, tmp_path / "theirs")
    ours = make(ResumableGridSearchOracle, tmp_path / "ours")
    assert take(ours) == take(theirs) == EXPECTED


@pytest.mark.parametrize("done", range(1, 9))
def test_a_search_goes_on_after_any_trial(tmp_path, done):
    values = take(make(ResumableGridSearchOracle, tmp_path), done)
    again = make(ResumableGridSearchOracle, tmp_path)
    again.reload()
    assert values + take(again) == EXPECTED


def test_a_trial_at_work_is_run_again_without_its_scores(tmp_path):
    before = make(ResumableGridSearchOracle, tmp_path)
    take(before, 2)
    trial = before.create_trial("tuner0")
    before.update_trial(trial.trial_id, {"error": 7.0})
    again = make(ResumableGridSearchOracle, tmp_path)
    again.reload()
    assert not again.trials[trial.trial_id].metrics.exists("error")
    first = again.create_trial("another")
    assert first.trial_id == trial.trial_id
    assert first.hyperparameters.values == EXPECTED[2]


def test_a_trial_that_ended_in_its_own_file_only_is_not_run_again(tmp_path):
    before = make(ResumableGridSearchOracle, tmp_path)
    take(before, 2)
    state = (tmp_path / "project/oracle.json").read_text()
    take(before, 1)
    # Killed between the two files.
    (tmp_path / "project/oracle.json").write_text(state)
    again = make(ResumableGridSearchOracle, tmp_path)
    again.reload()
    assert len(again.end_order) == len(again.start_order) == 3
    assert take(again) == EXPECTED[3:]


def test_a_search_ended_by_its_limit_goes_on_with_a_larger_one(tmp_path):
    values = take(make(ResumableGridSearchOracle, tmp_path, max_trials=3))
    assert values == EXPECTED[:3]
    again = make(ResumableGridSearchOracle, tmp_path, max_trials=12)
    again.reload()
    assert values + take(again) == EXPECTED


def test_two_workers_never_share_a_point(tmp_path):
    oracle = make(ResumableGridSearchOracle, tmp_path)
    one, two = oracle.create_trial("a"), oracle.create_trial("b")
    assert one.hyperparameters.values == EXPECTED[0]
    assert two.hyperparameters.values == EXPECTED[1]
    # A worker that comes back gets its trial back.
    assert oracle.create_trial("b").trial_id == two.trial_id


def end(oracle, trial, error):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # KerasTuner's
        oracle.update_trial(trial.trial_id, {"error": error})
        trial.status = "COMPLETED"
        oracle.end_trial(trial)


def test_a_trial_that_two_workers_report_ends_once(tmp_path):
    before = make(ResumableGridSearchOracle, tmp_path)
    early, late = before.create_trial("a"), before.create_trial("b")
    again = make(ResumableGridSearchOracle, tmp_path)
    again.reload()  # the chief died, and the workers did not
    twin = copy.copy(again.create_trial("c"))
    assert twin.trial_id == early.trial_id
    end(again, early, 1.0)
    end(again, twin, 2.0)
    assert again.trials[twin.trial_id].score == 1.0
    end(again, late, 3.0)  # while it waits to be run again
    assert again.end_order == [early.trial_id, late.trial_id]
    assert again.create_trial("c").hyperparameters.values == EXPECTED[2]
    path = tmp_path / "project/oracle.json"
    state = json.loads(path.read_text())
    state["end_order"] *= 2
    path.write_text(json.dumps(state))
    again = make(ResumableGridSearchOracle, tmp_path)
    again.reload()
    assert again.end_order == [early.trial_id, late.trial_id]


def test_a_trial_whose_file_is_gone_is_not_written_over(tmp_path):
    take(make(ResumableGridSearchOracle, tmp_path), 3)
    folder = sorted((tmp_path / "project").glob("trial_*"))[1]
    (folder / "trial.json").unlink()
    again = make(ResumableGridSearchOracle, tmp_path)
    with pytest.raises(RuntimeError, match="Put them back"):
        again.reload()
