"""Processes that die at a trial: after the third time it is failed."""

import collections
from pathlib import Path

from keras_stunet.processes import describe_status
from keras_stunet.tuning.trials import ongoing_trials
from keras_stunet.tuning.trials import write_outcome

DEATHS = 3


class Deaths:
    """Counts deaths, of each process in each trial.

    Args:
        folder: Of the search.
        space: A `Space` of it.
    """

    def __init__(self, folder, space):
        self.folder = Path(folder)
        self.space = space
        self.counts = collections.Counter()

    def count(self, name, child):
        """Count the death of a process that is to be started again.

        If it was one too many, the trial gets the outcome of a failed one,
        which the process then finds.

        Args:
            name: Of the process.
            child: The `Child` that has ended.

        Returns:
            What to say.

        Raises:
            OSError: If it died too often without a trial.
        """
        number = ongoing_trials(self.folder, self.space).get(name)
        self.counts[name, number] += 1
        status, why = describe_status(child.status)
        if child.status > 0:
            why = child.last_words()
        if self.counts[name, number] >= DEATHS:
            if number is None:
                raise OSError(
                    f"Process {name} died {DEATHS} times without a trial: "
                    f"{why} Its log is {child.log}."
                )
            self._fail(number, status, why)
        return f"Process {name} died and is started again. {why}"

    def _fail(self, number, status, why):
        message = f"{why} That happened {DEATHS} times in this trial."
        failed = {"status": status, "message": message, "seconds": 0.0}
        trial = self.folder / self.space.system / f"trial_{number}"
        write_outcome(trial, failed)
