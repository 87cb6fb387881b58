"""A grid search that goes on where it was killed.

Needs nothing but KerasTuner and the standard library. KerasTuner 1.4.8's
`GridSearchOracle` keeps what comes next in two lists that it does not save:
a search that is loaded again ends with a KeyError, or at once and in silence
(keras-team/keras-tuner#1055).
"""

import json
import os

import keras_tuner

ENDED = ("COMPLETED", "FAILED")


class ResumableGridSearchOracle(keras_tuner.oracles.GridSearchOracle):
    """Grid search whose whole state is its trials.

    The next point is the first of the grid that no trial has. So nothing
    beside the trials has to be saved to know what comes next, and a search
    that was ended by `max_trials` goes on with a larger one.

    Files are replaced whole. What a kill between two of them leaves is put
    right by `reload`: a trial that is ended in its own file is ended, and
    every other known trial is run again, once.

    Arguments are those of `GridSearchOracle`.
    """

    def points(self):
        """The grid: values of the active hyperparameters, the default first.

        In the order of `GridSearchOracle`: the last one changes fastest.

        Yields:
            A dict of names and values.
        """
        space = self.get_space()
        values = {
            hp.name: hp.default for hp in space.space if space.is_active(hp)
        }
        while values is not None:
            yield values
            values = self._get_next_combination(values)

    def populate_space(self, trial_id):
        """The first point that was not tried, see `Oracle`."""
        for values in self.points():
            if not self._duplicate(values):
                return {"status": "RUNNING", "values": dict(values)}
        # Only a trial at work that can add hyperparameters makes new points.
        # Whoever is told to wait asks again at once, and forever.
        if self.ongoing_trials and self.tune_new_entries:
            return {"status": "IDLE", "values": None}
        return {"status": "STOPPED", "values": None}

    @keras_tuner.synchronized
    def end_trial(self, trial):
        """End a trial, see `Oracle`; the first of two reports holds.

        The second one is of a worker that had the trial from a chief that
        died, or that has it from the one after.
        """
        name = trial.trial_id
        self._retry_queue = [n for n in self._retry_queue if n != name]
        if name not in self.end_order:
            super().end_trial(trial)

    def save(self):
        """Write the state of the search, whole or not at all."""
        _replace(self._get_oracle_fname(), self.get_state())

    def reload(self):
        """Read the state of the search, and put right what a kill left.

        Raises:
            RuntimeError: If a trial's file is gone.
        """
        super().reload()
        gone = [name for name in self.start_order if name not in self.trials]
        if gone:
            raise RuntimeError(
                f"The files of trials {', '.join(gone)} in {self._project_dir} "
                "are gone, and their numbers would be given away again. Put "
                "them back, or start another search."
            )
        names = sorted(self.trials, key=lambda name: (len(name), name))
        self.start_order += [n for n in names if n not in self.start_order]
        ended = [n for n in names if self.trials[n].status in ENDED]
        known = dict.fromkeys(self.end_order)  # each once
        self.end_order = [n for n in known if n in ended]
        self.end_order += [n for n in ended if n not in self.end_order]
        # The queue is emptied from its end: the oldest first.
        waiting = [n for n in reversed(names) if n not in ended]
        self._retry_queue = waiting
        for name in waiting:
            # Else its old scores would stand for the new ones.
            trial = self.trials[name]
            trial.metrics = type(trial.metrics)()
        for trial in self.trials.values():
            self._record_values(trial)

    def _save_trial(self, trial):
        folder = self._get_trial_dir(trial.trial_id)
        _replace(os.path.join(folder, "trial.json"), trial.get_state())


def _replace(path, state):
    temporary = f"{path}.partial"
    with open(temporary, "w") as file:
        json.dump(state, file)
        file.flush()
        os.fsync(file.fileno())
    os.replace(temporary, path)
