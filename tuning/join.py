"""A worker on another machine than the search.

The channel is KerasTuner's: neither encrypted nor guarded by a password.
"""

import time
from pathlib import Path

from keras_stunet.experiments.child import describe_status
from keras_stunet.training.folder import read_json
from keras_stunet.tuning.children import COMMAND
from keras_stunet.tuning.children import Child
from keras_stunet.tuning.children import environments
from keras_stunet.tuning.launch import CHIEF_FILE
from keras_stunet.tuning.launch import DEATHS
from keras_stunet.tuning.launch import POLL
from keras_stunet.tuning.launch import count_ended
from keras_stunet.tuning.launch import need_keras_tuner
from keras_stunet.tuning.search_file import read_search
from keras_stunet.tuning.search_file import search_spaces

PATIENCE = 45  # seconds to wait for a chief


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
        OSError: If there is no search, its chief cannot be reached, or this
            worker cannot do its part.
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
    for one in search_spaces(search):
        say(f"{name} joins the search over {one.system}.")
        _join_space(
            folder, one, search["limit"], part, name, gpus, say, command
        )


def _join_space(
    folder, space, limit, part, name, gpus=(), say=print, command=COMMAND
):
    total = len(space.points(limit))
    part = {**part, "folder": str(folder), "system": space.system}
    log = Path(folder) / space.system / f"{name}.log"
    ((variables, cores),) = environments(1, gpus)
    deaths = 0
    while count_ended(folder, space) < total:
        chief = _find_chief(folder, space)
        environment = {
            **variables,
            "KERASTUNER_ORACLE_IP": chief["host"],
            "KERASTUNER_ORACLE_PORT": str(chief["port"]),
            "KERASTUNER_TUNER_ID": name,
        }
        child = Child(part, log, environment, cores, command)
        try:
            while child.wait(1) is None:
                pass
        finally:
            child.stop()
        if child.status == 0:
            return
        if count_ended(folder, space) >= total:
            return
        deaths += 1
        if child.status > 0 or deaths == DEATHS:
            raise OSError(f"{child.last_words()} The log is {log}.")
        _, why = describe_status(child.status)
        say(f"{name} died and is started again. {why}")


def _find_chief(folder, space, patience=PATIENCE):
    path = Path(folder) / CHIEF_FILE
    until = time.monotonic() + patience
    while time.monotonic() < until:
        if path.exists():
            chief = read_json(path, "Start the search again.")
            if chief["system"] == space.system:
                return chief
        time.sleep(POLL)
    raise OSError(
        f"No chief serves {space.system} of the search in {folder}: no "
        f"{path.name} of it came within {patience} s. Start the search with "
        "--host ADDRESS."
    )
