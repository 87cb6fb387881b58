"""A worker on another machine than the search.

The channel is KerasTuner's: neither encrypted nor guarded by a password.
"""

import collections
import contextlib
import time
from pathlib import Path

from filelock import FileLock
from filelock import Timeout

from keras_stunet.files import read_json
from keras_stunet.tuning.address import address_variables
from keras_stunet.tuning.launch import CHIEF_FILE
from keras_stunet.tuning.launch import CHIEF_GONE
from keras_stunet.tuning.launch import COMMAND
from keras_stunet.tuning.launch import POLL
from keras_stunet.tuning.launch import Team
from keras_stunet.tuning.launch import need_keras_tuner
from keras_stunet.tuning.search_folder import read_search
from keras_stunet.tuning.search_folder import search_spaces

PATIENCE = 45  # seconds to wait for a chief
LOST = 2  # times to look again for a chief that is gone, while no trial ends


def join_search(
    dataset,
    folder,
    name,
    *,
    gpus=(),
    raw_dir=None,
    data_dir=None,
    say=print,
    command=COMMAND,
):
    """Be a worker, on this machine, of a search started on another.

    Args:
        dataset: The data of the search, as this machine knows them.
        folder: The folder of the search, shared with the other machine.
        name: Of this worker, unlike all others.
        gpus: As in `grid_search`.
        raw_dir: As in `load_series`.
        data_dir: As in `load_series`.
        say: As in `grid_search`.
        command: As in `grid_search`.

    Raises:
        ValueError: For a name that the search uses itself.
        OSError: If there is no search, its chief cannot be reached, another
            worker has that name, or this one cannot do its part.
        ImportError: If KerasTuner is not installed.
    """
    need_keras_tuner()
    if not name.isidentifier() or "chief" in name or name.startswith("tuner"):
        raise ValueError(
            f"The worker's name is {name!r}; expected letters, digits and _, "
            "without 'chief' and not beginning with 'tuner', which the search "
            "itself uses."
        )
    search = read_search(folder)
    part = {"dataset": str(dataset), "raw_dir": raw_dir, "data_dir": data_dir}
    options = {"gpus": gpus, "say": say, "command": command}
    with _only_worker(folder, name):
        for space in search_spaces(search):
            say(f"{name} joins the search over {space.system}.")
            Guest(folder, space, search["limit"], part, **options).work(name)


class Guest(Team):
    """A worker here for the chief of another machine."""

    def work(self, name):
        """Run points that are left, under a name.

        Raises:
            OSError: If the chief cannot be reached, or as in `Team.run`.
        """
        lost, ((variables, cores),) = collections.Counter(), self.shares
        while (ended := self.count_ended()) < self.total:
            chief = find_chief(self.folder, self.space)
            address = address_variables(chief["host"], chief["port"])
            child = self.start_child(name, {**variables, **address}, cores)
            try:
                child.wait()
            finally:
                child.stop()
            if child.status == 0 or self.count_ended() >= self.total:
                return
            if child.status < 0:
                self.count_death(name, child)
            elif child.status == CHIEF_GONE and lost[ended] < LOST:
                lost[ended] += 1
                why = child.last_words()
                self.say(f"{name} looks for the chief again. {why}")
            else:
                raise OSError(f"{child.last_words()} The log is {child.log}.")


def find_chief(folder, space, patience=PATIENCE):
    """Address of the chief that serves a space, once there is one."""
    path = Path(folder) / CHIEF_FILE
    until = time.monotonic() + patience
    while time.monotonic() < until:
        with contextlib.suppress(FileNotFoundError):
            chief = read_json(path, "Start the search again.")
            if chief["system"] == space.system:
                return chief
            # This system's turn comes when the last trial of that one ends.
            until = time.monotonic() + patience
        time.sleep(POLL)
    raise OSError(
        f"No chief serves {space.system} of the search in {folder}: no "
        f"{path.name} of it came within {patience} s. Start the search with "
        "--host ADDRESS."
    )


@contextlib.contextmanager
def _only_worker(folder, name):
    # The chief gives workers of one name the same trial.
    lock = FileLock(Path(folder) / f".{name}.joined.lock")
    try:
        held = lock.acquire(timeout=0)
    except Timeout:
        raise BlockingIOError(
            f"A worker called {name} is at work in {folder}. Join under "
            "another name (--join), or stop that one first."
        ) from None
    with held:
        yield
