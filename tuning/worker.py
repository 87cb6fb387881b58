"""One process of a search: `python -m keras_stunet.tuning.worker`.

Reads one line of JSON from standard input: where the search is and whose part
to take. Which of KerasTuner's processes it is, its environment says
(`KERASTUNER_TUNER_ID`). The input stays open for as long as the process that
started it lives; at its end this one ends too, at once.
"""

import contextlib
import json
import os
import sys
from pathlib import Path

import keras
from filelock import FileLock
from filelock import Timeout

from keras_stunet.memory import keep_memory
from keras_stunet.processes import read_request
from keras_stunet.training.runs.run import Run
from keras_stunet.tuning.launch import CHIEF_GONE
from keras_stunet.tuning.plan import probe
from keras_stunet.tuning.search_folder import read_search
from keras_stunet.tuning.search_folder import search_config
from keras_stunet.tuning.search_folder import search_spaces
from keras_stunet.tuning.trial_run import run_point

PATIENCE = 45  # seconds to wait for a chief, or for an orphan to end


class ChiefGone(OSError):
    """A chief that does not answer, or not any more."""


def main(run=run_point):
    """Take the part that standard input asks for.

    Args:
        run: Stands in for `run_point` in tests.

    Returns:
        The exit status: 0, `CHIEF_GONE`, or 1 after another error. Errors
        are printed.
    """
    keep_memory()
    part = read_request()
    if part is None:
        return 1
    try:
        return take_part(part, run)
    except (ValueError, OSError, ImportError, RuntimeError) as error:
        print(f"Error: {error}", file=sys.stderr, flush=True)
        return CHIEF_GONE if isinstance(error, ChiefGone) else 1


def take_part(part, run=run_point):
    """Be a search of one process, a chief, a worker, or a probe.

    Args:
        part: Dict of `folder`, `system`, `dataset`, `raw_dir`, `data_dir`;
            and `search`, the content of `search.json`, for a probe, which
            prints what it found as JSON and writes nothing.
        run: As in `main`.
    """
    folder = Path(part["folder"])
    search = part.get("search") or read_search(folder)
    spaces = {space.system: space for space in search_spaces(search)}
    space = spaces[part["system"]]
    tuner_id = os.environ.get("KERASTUNER_TUNER_ID", "tuner0")

    def trial(point):
        return run(space, point, series, splits, search)

    _check_backend(search)
    is_worker = tuner_id != "chief" and "KERASTUNER_ORACLE_IP" in os.environ
    if is_worker:
        _wait_for_chief()
    if tuner_id != "chief":
        series, splits = _load(part, search, space)
        if "search" in part:
            print(json.dumps(probe(space, series, splits, search)), flush=True)
            return 0
    project = folder / space.system
    with contextlib.nullcontext() if is_worker else _held(project):
        _search(space, trial, folder, search)
    return 0


def _check_backend(search):
    backend = keras.backend.backend()
    if backend != search["backend"]:
        raise ValueError(
            f"The search runs on {search['backend']}, this process on "
            f"{backend}; their numbers differ. Set KERAS_BACKEND="
            f"{search['backend']}."
        )


def _search(space, trial, folder, search):
    # Not before: a probe, as a dry run makes it, needs no KerasTuner.
    import grpc
    import keras_tuner

    from keras_stunet.tuning.grid_tuner import GridTuner

    limit, objective = search["limit"], search["objective"]
    tuner = GridTuner(space, trial, folder, limit, objective)
    tuner.save()
    try:
        tuner.search()
    except keras_tuner.errors.FatalError as error:
        raise OSError(str(error)) from error
    except grpc.RpcError as error:
        raise ChiefGone(
            f"The chief is gone: {error}. Start the search again."
        ) from error


def _load(part, search, space):
    # All trials of a space share the data and the windows of one run.
    config = search_config(search, space, part["dataset"])
    run = Run(Path(part["folder"]), config)
    series = run.series(part["raw_dir"], part["data_dir"])
    if run.sha256 != search["sha256"]:
        raise ValueError(
            f"{part['dataset']} is not the data of this search: the check sum "
            f"is {run.sha256[:12]} here, {search['sha256'][:12]} there. Give "
            "the same file."
        )
    return series, run.windows()


def _wait_for_chief():
    import grpc
    from keras_tuner.src.distribute import oracle_client

    address = ":".join(
        os.environ[f"KERASTUNER_ORACLE_{part}"] for part in ("IP", "PORT")
    )
    with grpc.insecure_channel(address) as channel:
        try:
            grpc.channel_ready_future(channel).result(timeout=PATIENCE)
        except grpc.FutureTimeoutError:
            raise ChiefGone(
                f"There is no chief at {address}: {PATIENCE} s went by without "
                "an answer. Start the search there with --host, or look at the "
                "network between the machines."
            ) from None
    # KerasTuner waits an hour for a chief that is gone.
    oracle_client.TIMEOUT = PATIENCE


def _held(project):
    # A process that ends with its parent may need a moment for it.
    project.mkdir(parents=True, exist_ok=True)
    lock = FileLock(project / ".lock")
    try:
        return lock.acquire(timeout=PATIENCE)
    except Timeout:
        raise BlockingIOError(
            f"{project} is held by another search. Stop that one first."
        ) from None


if __name__ == "__main__":
    sys.exit(main())
