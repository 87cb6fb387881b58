"""The queue: runs what is missing, one process after the other."""

import signal
import time
from pathlib import Path

from keras_stunet.checks import did_you_mean
from keras_stunet.data.catalog import SOURCES
from keras_stunet.experiments.outcome import BUSY
from keras_stunet.experiments.outcome import FAILURE
from keras_stunet.experiments.outcome import INTERRUPTED
from keras_stunet.experiments.outcome import UNAVAILABLE
from keras_stunet.experiments.outcome import check_run
from keras_stunet.experiments.outcome import collect
from keras_stunet.experiments.outcome import note_failure
from keras_stunet.experiments.rows import DONE
from keras_stunet.experiments.rows import FAILED
from keras_stunet.experiments.rows import check_rows
from keras_stunet.experiments.rows import read_rows
from keras_stunet.experiments.rows import row_of
from keras_stunet.experiments.rows import time_left
from keras_stunet.processes import describe_status
from keras_stunet.processes import module_command
from keras_stunet.processes import run_child
from keras_stunet.training.runs.folder import CHECKPOINT
from keras_stunet.training.runs.folder import CONFIG
from keras_stunet.training.runs.run_data import stored_name

COMMAND = module_command("experiments.one_run")
# States of jobs without a row
QUEUED = "queued"
STARTED = "to go on with"
NO_DATA = "no data"
IN_USE = "in use by another process"
STOPPED = "stopped"
MISSING = "a package is missing"
# What may succeed at another time or on another machine, by exit status.
STOPS = [-number for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)]
WITHOUT_ROW = {BUSY: IN_USE, UNAVAILABLE: MISSING}
WITHOUT_ROW |= dict.fromkeys([INTERRUPTED, *STOPS], STOPPED)
PATIENCE = 60  # seconds in which an orphan is surely gone


def run_queue(
    jobs,
    out,
    results,
    *,
    npz=(),
    raw_dir=None,
    data_dir=None,
    devices=1,
    steps_per_execution=1,
    retry=False,
    say=print,
    command=COMMAND,
    patience=PATIENCE,
):
    """Run the jobs that have no row of results yet, and add their rows.

    Each runs in a process of its own, so that one that crashes, diverges or
    runs out of memory gets a row that says so and the others go on. One that
    is killed goes on for as long as it gains an epoch each time. At
    whatever point this process is killed, the next call goes on from there:
    runs after their last whole epoch, and each job ends with one row.

    Args:
        jobs: From `make_jobs`.
        out: Folder of the run folders.
        results: The csv file of rows.
        npz: As in `available_datasets`.
        raw_dir: As in `load_series`.
        data_dir: As in `load_series`.
        devices: As in `train_model`; may change from call to call.
        steps_per_execution: As in `train_model`, likewise.
        retry: Whether to run again what failed.
        say: Takes each line that is printed.
        command: Words of the command that makes one run, see `run_child`.
        patience: Seconds to wait for a run folder that is in use.

    Returns:
        `{job: state}`: `"done"`, one of `rows.FAILED`, or why there is no
        row: `"no data"`, `"in use by another process"`, `"stopped"` by a
        signal, or `"a package is missing"`.

    Raises:
        ValueError: For damaged files, or runs of other jobs in the folders,
            before any run.
        OSError: If something cannot be written.
        KeyboardInterrupt: After Ctrl-C; the run at work has ended cleanly.
    """
    datasets = list(dict.fromkeys(job.dataset for job in jobs))
    data = available_datasets(datasets, npz, raw_dir, data_dir)
    check_rows(results)
    folders = {job: job.folder(out) for job in jobs}
    for job, folder in folders.items():
        check_run(folder, job)
        collect(job, folder, results)
    rows = read_rows(results)
    states = {job: state_of(job, folders[job], rows) for job in jobs}
    for dataset in datasets:
        if dataset not in data:
            say(how_to_get(dataset))
    ended = {DONE} if retry else {DONE, *FAILED}
    for job in jobs:
        if states[job] not in ended and job.dataset not in data:
            states[job] = NO_DATA
        say(f"  {_describe(job):45} {states[job]}")
    waiting = [job for job in jobs if states[job] not in {*ended, NO_DATA}]
    common = {"raw_dir": raw_dir, "data_dir": data_dir}
    common = {key: str(path) for key, path in common.items() if path}
    while waiting:
        say(time_left(waiting, read_rows(results)))
        job = waiting.pop(0)
        arguments = {**job.arguments, **common, "dataset": data[job.dataset]}
        arguments |= {"folder": str(folders[job]), "seed": job.seed}
        if not job.classical:
            arguments |= {"precision": job.precision, "resume": True}
            arguments["steps_per_execution"] = steps_per_execution
            arguments["devices"] = devices
        say(f"{_describe(job)}: {folders[job]}")
        folders[job].mkdir(parents=True, exist_ok=True)
        states[job] = _run(job, folders[job], results, arguments, command)
        until = time.monotonic() + patience
        while states[job] == IN_USE and time.monotonic() < until:
            time.sleep(min(5, patience))
            states[job] = _run(job, folders[job], results, arguments, command)
        say(f"{_describe(job)}: {states[job]}")
    return states


def available_datasets(datasets, npz=(), raw_dir=None, data_dir=None):
    """What to train on for each data set that can be had here.

    Args:
        datasets: Keys of `SOURCES`, or names of series of one's own.
        npz: Files saved with `Series.save`, each of which stands in for the
            data set that its series is named after.
        raw_dir: As in `load_series`.
        data_dir: As in `load_series`.

    Returns:
        `{dataset: its name or file}`; those not at hand are not in it.

    Raises:
        ValueError: If a file is no series of one of `datasets`.
        FileNotFoundError: If a file is not there.
    """
    found = {
        name: name
        for name in datasets
        if name in SOURCES
        and SOURCES[name].place(raw_dir, data_dir) is not None
    }
    for path in map(str, npz):
        hint = "`keras-stunet datasets build NAME --npz FILE`."
        if not Path(path).is_file():
            raise FileNotFoundError(
                f"There is no file {path!r}. Make one with {hint}"
            )
        name = stored_name(path) if path.endswith(".npz") else None
        if name not in datasets:
            raise ValueError(
                f"{path} is a series of {name or 'no known data set'}; "
                f"expected one of {', '.join(datasets)}, saved under the "
                f"ending .npz. Make one with {hint}"
            )
        found[name] = path
    return found


def how_to_get(dataset):
    """A sentence on what to do for a data set that is not at hand."""
    if dataset not in SOURCES:
        return (
            f"{dataset} is no built-in data set, its runs are left out: name "
            f"the file of that series (--npz).{did_you_mean(dataset, SOURCES)}"
        )
    return (
        f"{dataset} is not at hand, its runs are left out: `keras-stunet "
        f"datasets build {dataset}` gets it; or name a folder of raw files "
        "(--raw-dir) or a saved series (--npz)."
    )


def state_of(job, folder, rows):
    """How far a job is: the status of its row, or that it has none yet."""
    row = row_of(job, rows)
    if row is not None:
        return row["status"]
    return STARTED if (folder / CONFIG).exists() else QUEUED


def _describe(job):
    budget = "" if job.classical else f", {job.budget}"
    return f"{job.name} on {job.dataset}{budget}, seed {job.seed}"


def _run(job, folder, results, arguments, command):
    (folder / FAILURE).unlink(missing_ok=True)
    while True:
        before = _written(folder / CHECKPOINT)
        status = run_child(arguments, command)
        # Killed, but not for good: it had done some epochs more.
        if status != -signal.SIGKILL or _written(folder / CHECKPOINT) == before:
            break
    if status in WITHOUT_ROW:
        return WITHOUT_ROW[status]
    state = collect(job, folder, results)
    if state is None:
        note_failure(folder, *describe_status(status))
        state = collect(job, folder, results)
    return state


def _written(path):
    """When a file was written, in nanoseconds; `None` if it is not there."""
    return path.stat().st_mtime_ns if path.exists() else None
