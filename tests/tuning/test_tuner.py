"""The tuner in one process, with trials that train nothing."""

import pytest

from keras_stunet.tuning.search_folder import read_outcome
from keras_stunet.tuning.search_folder import read_trials
from keras_stunet.tuning.search_folder import write_outcome
from keras_stunet.tuning.space import Space
from keras_stunet.tuning.worker import GridTuner

GRID = {"layers": (1, 2, 3, 4), "units": (13, 2)}


def done(score):
    return {"status": "done", "val_mae": score, "seconds": 0.1}


def search(folder, run, grid=GRID):
    space = Space("fnn", False, grid, {})
    GridTuner(space, run, folder, None, "val_mae", 1).search()
    return read_trials(folder, space)


def test_failures_in_a_row_do_not_end_a_search(tmp_path):
    def run(point):
        if point["units"] == 13:
            return {"status": "diverged", "message": "up", "seconds": 0.1}
        return done(float(point["layers"]))

    trials = search(tmp_path, run)
    found = [trial.outcome["status"] for trial in trials]
    assert found[:5] == ["diverged"] * 4 + ["done"]  # four changes of one
    assert len(found) == 8 and all(trial.ended for trial in trials)


def test_the_first_outcome_of_a_trial_holds(tmp_path):
    def run(point):
        # Another worker, which had it from a chief that died, is quicker.
        write_outcome(tmp_path / "fnn/trial_0", done(1.0))
        return done(2.0)

    (trial,) = search(tmp_path, run, {"units": (1,)})
    assert trial.outcome["val_mae"] == 1.0
    assert '"value": [1.0]' in (tmp_path / "fnn/trial_0/trial.json").read_text()


def test_a_damaged_outcome_says_what_deleting_it_does(tmp_path):
    (tmp_path / "outcome.json").write_text("{")
    with pytest.raises(ValueError, match="run again or, if it has ended"):
        read_outcome(tmp_path)
