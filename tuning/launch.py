"""Runs the points of one space with one process or several.

One process is KerasTuner's plain search; several are a chief and workers of
its distributed mode. A process that dies is started again under its name, and
so gets its trial back. A trial in which a process died three times is failed.
"""

import collections
import importlib.util
import json
import time
from pathlib import Path

from keras_stunet.files import write_text
from keras_stunet.messages import install_hint
from keras_stunet.processes import Child
from keras_stunet.processes import describe_status
from keras_stunet.processes import machine_shares
from keras_stunet.processes import module_command
from keras_stunet.tuning.address import LOOPBACK
from keras_stunet.tuning.address import address_variables
from keras_stunet.tuning.address import free_port
from keras_stunet.tuning.address import wait_for_port
from keras_stunet.tuning.search_folder import ongoing_trials
from keras_stunet.tuning.search_folder import read_trials
from keras_stunet.tuning.search_folder import write_outcome

COMMAND = module_command("tuning.worker")
CHIEF = "chief"
CHIEF_FILE = "chief.json"
CHIEF_GONE = 75  # status of a worker that lost its chief or found none
POLL = 0.2  # seconds
START = 120  # seconds in which a chief surely listens
DEATHS = 3  # in one trial


class Team:
    """The processes that run the points of one space here.

    Args:
        folder: Of the search, with its `search.json`.
        space: A `Space` of it.
        limit: How many of its points, at most.
        part: Dict of `dataset`, `raw_dir` and `data_dir`.
        workers: How many processes run trials here.
        host: Address that the chief listens on; `None` for loopback, and for
            no chief at all with one worker.
        port: Its port; by default a free one.
        gpus: As in `machine_shares`.
        on_trial: Is called with each `Trial` that has ended.
        say: Takes each line that is printed.
        command: Words of the command of a process.
    """

    def __init__(
        self,
        folder,
        space,
        limit,
        part,
        *,
        workers=1,
        host=None,
        port=None,
        gpus=(),
        on_trial=lambda trial: None,
        say=print,
        command=COMMAND,
    ):
        self.folder = Path(folder)
        self.space = space
        self.total = len(space.points(limit))
        self.part = {**part, "folder": str(folder), "system": space.system}
        self.shares = machine_shares(workers, gpus)
        self.host, self.port = host, port
        self.has_chief = workers > 1 or host is not None
        self.on_trial, self.say, self.command = on_trial, say, command
        self.reported, self.deaths = set(), collections.Counter()
        self.chief, self.members = None, {}

    def run(self):
        """Run the points that are left.

        Raises:
            OSError: If a process ends with an error, or dies again and again
                before it has a trial.
            KeyboardInterrupt: After Ctrl-C; all processes have ended.
        """
        try:
            while not self._all_ended():
                self._stop()
                self._start()
                self._watch()
        finally:
            self._stop()
        self._report()

    def _start(self):
        address = self._start_chief() if self.has_chief else {}
        for number, (variables, cores) in enumerate(self.shares):
            name, share = f"tuner{number}", ({**variables, **address}, cores)
            self.members[name] = (self.start_child(name, *share), share)

    def _start_chief(self):
        host = self.host or LOOPBACK
        port = free_port(host, self.port)
        address = address_variables(host, port)
        # It trains nothing.
        self.chief = self.start_child(
            CHIEF, {**address, "CUDA_VISIBLE_DEVICES": ""}
        )
        if not wait_for_port(self.chief, host, port, START):
            raise OSError(
                f"The chief does not listen on {host}:{port}: "
                f"{self.chief.last_words()} Give another --host or --port; "
                f"its log is {self.chief.log}."
            )
        note = {"system": self.space.system, "host": host, "port": port}
        write_text(self.folder / CHIEF_FILE, json.dumps(note))
        return address

    def start_child(self, name, environment, cores=None):
        """Start the process of a name; its output goes to a log."""
        log = self.folder / self.space.system / f"{name}.log"
        environment = {**environment, "KERASTUNER_TUNER_ID": name}
        return Child(self.part, self.command, log, environment, cores)

    def _watch(self):
        """Until all workers have ended, or the chief has died."""
        waits = False
        while self.chief is None or self.chief.status is None:
            self._report()
            if any([self._look_after(name) for name in [*self.members]]):
                time.sleep(POLL)
                continue
            # Trials of workers that joined from elsewhere.
            others = self.chief and ongoing_trials(self.folder, self.space)
            if not others:
                if self.chief:
                    # Nothing asks it any more. It looks up every 20 s only.
                    self.chief.wait(2)
                return
            if not waits:
                names = ", ".join(others)
                self.say(
                    f"Waiting for {names}. If one is gone, join it again under "
                    "its name; or stop this and start the same command again, "
                    "which runs its trial here."
                )
                waits = True
            time.sleep(POLL)
        self._report()
        if not self._all_ended():
            # What its workers were at is run again.
            self.count_death(CHIEF, self.chief)

    def _look_after(self, name):
        """Whether a worker has work to do; a dead one is started again."""
        child, share = self.members[name]
        status = child.status
        if status == 0:
            return False
        if status is None:
            return True
        if self.chief is not None and self.chief.wait(1) is not None:
            return True  # its error is the chief's
        if status > 0:
            raise OSError(
                f"Process {name} of the search ended: {child.last_words()} "
                f"Its log is {child.log}."
            )
        self.count_death(name, child)
        child.stop()
        self.members[name] = (self.start_child(name, *share), share)
        return True

    def count_death(self, name, child):
        """Count the death of a process that is to be started again.

        If it was one too many, its trial gets the outcome of a failed one,
        which the process then finds.
        """
        number = ongoing_trials(self.folder, self.space).get(name)
        self.deaths[name, number] += 1
        status, why = describe_status(child.status)
        if child.status > 0:
            why = child.last_words()
        if self.deaths[name, number] >= DEATHS:
            if number is None:
                raise OSError(
                    f"Process {name} died {DEATHS} times without a trial: "
                    f"{why} Its log is {child.log}."
                )
            message = f"{why} That happened {DEATHS} times in this trial."
            failed = {"status": status, "message": message, "seconds": 0.0}
            trial = self.folder / self.space.system / f"trial_{number}"
            write_outcome(trial, failed)
        self.say(f"Process {name} died and is started again. {why}")

    def _report(self):
        for trial in read_trials(self.folder, self.space):
            if trial.ended and trial.number not in self.reported:
                self.reported.add(trial.number)
                self.on_trial(trial)

    def count_ended(self):
        """How many trials of the space have ended."""
        return sum(t.ended for t in read_trials(self.folder, self.space))

    def _all_ended(self):
        return self.count_ended() >= self.total

    def _stop(self):
        for child, _ in self.members.values():
            child.stop()
        if self.chief is not None:
            self.chief.stop()
            (self.folder / CHIEF_FILE).unlink(missing_ok=True)
        self.chief, self.members = None, {}


def need_keras_tuner():
    """Raise an ImportError where KerasTuner is not installed."""
    if importlib.util.find_spec("keras_tuner") is None:
        raise ImportError(
            f"The search needs KerasTuner. {install_hint('tuning')}"
        )
