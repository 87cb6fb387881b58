"""KerasTuner's tuner and oracle, as a search of the zoo runs them."""

from pathlib import Path

import keras_tuner
from keras_tuner.engine import base_tuner

from keras_stunet.tuning.grid_oracle import ResumableGridSearchOracle
from keras_stunet.tuning.search_folder import read_outcome
from keras_stunet.tuning.search_folder import write_outcome
from keras_stunet.tuning.space import nearest_first


class NearestFirstOracle(ResumableGridSearchOracle):
    """Grid search from the published point outwards, see `nearest_first`."""

    def points(self):
        """The grid, the points with fewest changes first."""
        space = self.get_space().space
        return nearest_first({hp.name: hp.values for hp in space})


class GridTuner(base_tuner.BaseTuner):
    """Runs the points of a space, each once.

    As a worker of KerasTuner's distributed mode it asks the chief for them.
    A trial's outcome is written before the oracle is told: whoever is given
    the trial again finds it there.

    Args:
        space: A `Space`.
        run: Function of a point, `{name: value}`, that returns its outcome,
            see `run_point`.
        folder: The folder of the search; the project is named after the
            system.
        limit: How many points, at most.
        objective: Which number of the outcome is made least.
    """

    def __init__(self, space, run, folder, limit, objective):
        choices = keras_tuner.HyperParameters()
        for name, values in space.choices().items():
            choices.Choice(name, values, default=values[0])
        self.space = space
        self.run_outcome = run
        self.metric = objective
        oracle = NearestFirstOracle(
            objective=keras_tuner.Objective(objective, "min"),
            max_trials=len(space.points(limit)),
            hyperparameters=choices,
            allow_new_entries=False,
            tune_new_entries=False,
            # However many fail, the others are worth knowing.
            max_consecutive_failed_trials=None,
        )
        oracle.verbose = 0  # the tables of `report` say more
        super().__init__(
            oracle=oracle, directory=str(folder), project_name=space.system
        )

    def run_trial(self, trial):
        """The objective of a trial, trained unless its outcome is there."""
        folder = Path(self.get_trial_dir(trial.trial_id))
        outcome = read_outcome(folder)
        if outcome is None:
            point = self.space.decode(trial.hyperparameters.values)
            outcome = self.run_outcome(point)
            try:
                outcome = write_outcome(folder, outcome)
            except OSError as error:  # no fault of the trial
                raise keras_tuner.errors.FatalError(str(error)) from error
        if outcome["status"] != "done":
            raise keras_tuner.errors.FailedTrialError(
                f"{outcome['status']}: {outcome['message']}"
            )
        return {self.metric: outcome[self.metric]}

    # KerasTuner writes a file for each worker that holds nothing, and by its
    # own alone decides whether there is a search to go on with.

    def save(self):
        """Save the oracle, if it is here."""
        if not self._is_worker():
            self.oracle.save()

    def reload(self):
        """Reload the oracle, if it is here."""
        if not self._is_worker():
            self.oracle.reload()

    def _get_tuner_fname(self):
        return self.oracle._get_oracle_fname()
