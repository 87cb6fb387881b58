"""Runs the points of one space with one process or several.

One process is KerasTuner's plain search; several are a chief and workers of
its distributed mode. A process that dies is started again under its name, and
so gets its trial back. A trial in which a process died three times is failed.
"""

import contextlib
import importlib.util
import json
import time
from pathlib import Path

from keras_stunet.files import write_text
from keras_stunet.processes import Child
from keras_stunet.processes import machine_shares
from keras_stunet.processes import module_command
from keras_stunet.tuning.address import LOOPBACK
from keras_stunet.tuning.address import address_variables
from keras_stunet.tuning.address import free_port
from keras_stunet.tuning.address import wait_for_port
from keras_stunet.tuning.deaths import Deaths
from keras_stunet.tuning.trials import ongoing_trials
from keras_stunet.tuning.trials import read_trials

COMMAND = module_command("tuning.worker")
CHIEF = "chief"
CHIEF_FILE = "chief.json"
CHIEF_GONE = 75  # status of a worker that lost its chief or found none
POLL = 0.2  # seconds
START = 120  # seconds in which a chief surely listens


class Team:
    """The processes that run the points of one space.

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
        self.on_trial = on_trial
        self.say = say
        self.command = command
        self.deaths = Deaths(folder, space)
        self.told = set()
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
                self._start()
                self._watch()
        finally:
            self._stop()
        self._tell()

    def _start(self):
        self._stop()
        address = {}
        if self.has_chief:
            address = self._start_chief()
        for number, (variables, cores) in enumerate(self.shares):
            name = f"tuner{number}"
            share = ({**variables, **address}, cores)
            self.members[name] = (self._child(name, *share), share)

    def _start_chief(self):
        host = self.host or LOOPBACK
        port = free_port(host, self.port)
        address = address_variables(host, port)
        # It trains nothing.
        self.chief = self._child(CHIEF, {**address, "CUDA_VISIBLE_DEVICES": ""})
        if not wait_for_port(self.chief, host, port, START):
            raise OSError(
                f"The chief does not listen on {host}:{port}: "
                f"{self.chief.last_words()} Give another --host or --port; "
                f"its log is {self.chief.log}."
            )
        note = {"system": self.space.system, "host": host, "port": port}
        write_text(self.folder / CHIEF_FILE, json.dumps(note))
        return address

    def _child(self, name, environment, cores=None):
        log = self.folder / self.space.system / f"{name}.log"
        environment = {**environment, "KERASTUNER_TUNER_ID": name}
        return Child(self.part, self.command, log, environment, cores)

    def _watch(self):
        """Until all workers have ended, or the chief has died."""
        while True:
            self._tell()
            if self.chief is not None and self.chief.status is not None:
                if self._all_ended():
                    return
                self.say(self.deaths.count(CHIEF, self.chief))
                return  # what its workers were at is run again
            if not any([self._look_after(name) for name in [*self.members]]):
                self._wait_for_others()
                return
            time.sleep(POLL)

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
        self.say(self.deaths.count(name, child))
        child.stop()
        self.members[name] = (self._child(name, *share), share)
        return True

    def _wait_for_others(self):
        # Trials of workers that joined from elsewhere.
        told = False
        while self.chief is not None and self.chief.status is None:
            self._tell()
            others = ongoing_trials(self.folder, self.space)
            if not others:
                # Nothing asks it any more. It looks up every 20 s only.
                self.chief.wait(2)
                return
            if not told:
                names = ", ".join(others)
                self.say(
                    f"Waiting for {names}. If one is gone, join it again under "
                    "its name; or stop this and start the same command again, "
                    "which runs its trial here."
                )
                told = True
            time.sleep(POLL)

    def _tell(self):
        for trial in read_trials(self.folder, self.space):
            if trial.ended and trial.number not in self.told:
                self.told.add(trial.number)
                self.on_trial(trial)

    def _all_ended(self):
        return count_ended(self.folder, self.space) >= self.total

    def _stop(self):
        for child, _ in self.members.values():
            child.stop()
        if self.chief is not None:
            self.chief.stop()
            with contextlib.suppress(FileNotFoundError):
                (self.folder / CHIEF_FILE).unlink()
        self.chief, self.members = None, {}


def count_ended(folder, space):
    """How many trials of a space have ended."""
    return sum(trial.ended for trial in read_trials(folder, space))


def need_keras_tuner():
    """Raise an ImportError where KerasTuner is not installed."""
    if importlib.util.find_spec("keras_tuner") is None:
        raise ImportError(
            "The search needs KerasTuner: `pip install keras_stunet[tuning]`."
        )
