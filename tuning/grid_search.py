"""Grid search over systems of the zoo, on the validation split.

`python -m keras_stunet.tuning.grid_search` is `keras-stunet tune`.
"""

import functools
import runpy
import sys

from keras_stunet.checks import check_count
from keras_stunet.data.catalog import load_series
from keras_stunet.locks import run_lock
from keras_stunet.training.recipe import Recipe
from keras_stunet.training.runs.run_data import with_defaults
from keras_stunet.tuning.address import check_host
from keras_stunet.tuning.launch import COMMAND
from keras_stunet.tuning.launch import Team
from keras_stunet.tuning.launch import need_keras_tuner
from keras_stunet.tuning.plan import describe_point
from keras_stunet.tuning.plan import make_plan
from keras_stunet.tuning.report import write_report
from keras_stunet.tuning.search_folder import check_search
from keras_stunet.tuning.search_folder import describe_search
from keras_stunet.tuning.search_folder import write_search
from keras_stunet.tuning.space import read_spaces
from keras_stunet.tuning.space_checks import check_space
from keras_stunet.tuning.space_checks import with_data_defaults


def grid_search(
    dataset,
    folder,
    systems=(),
    *,
    space="paper",
    limit=24,
    patience=None,
    objective="val_mae",
    seed=0,
    precision="float32",
    workers=1,
    gpus=(),
    host=None,
    port=None,
    dry_run=False,
    raw_dir=None,
    data_dir=None,
    say=print,
    command=COMMAND,
):
    """Try points of grids, and write what was found.

    Of each system the points nearest to the published one are tried, see
    `nearest_first`, each trained as `train_model` trains it and scored on the
    validation windows. The test windows are not looked at.

    The same call goes on with a search that was stopped or killed; only
    `limit`, the workers and where things are may change. Every point is
    completed once. A trial that fails is recorded with its message, and the
    search goes on.

    The folder holds `search.json`, a folder of trials for each system, and
    after each trial what `write_report` makes.

    Args:
        dataset: A key of `SOURCES`, or an .npz file.
        folder: Folder of the search.
        systems: Which of those in `space`; by default all.
        space: As in `read_spaces`.
        limit: Trials of each system, at most.
        patience: Epochs without a better objective after which a trial ends;
            by default none ends early. The schedule is that of all epochs, so
            a recipe trained to its end is as good as its trial or better.
        objective: What the best epoch and the best trial have least of,
            `"val_mae"` (in original units, over all steps) or `"val_loss"`.
        seed: Of each trial.
        precision: As in `Recipe`.
        workers: Processes that run trials; from 2 on in KerasTuner's
            distributed mode. They share the CPU cores.
        gpus: Names of GPUs, one for each worker in turn.
        host: Address on which workers of other machines reach the chief; by
            default it listens on loopback. The channel is neither encrypted
            nor guarded by a password.
        port: Of the chief; by default a free one.
        dry_run: Whether to print the trials only.
        raw_dir: As in `load_series`.
        data_dir: As in `load_series`.
        say: Takes each line that is printed.
        command: Words of the command of a process.

    Returns:
        The table of trials, Markdown; `None` after a dry run.

    Raises:
        ValueError: For a space, an option or data that make no sense, or a
            folder with another search, before any trial.
        ImportError: If KerasTuner is not installed; a dry run needs none.
        OSError: If the folder cannot be written or is in use, or a process
            cannot do its part.
    """
    if not dry_run:
        need_keras_tuner()
    check_count("limit", limit, 1)
    check_count("workers", workers, 1)
    if patience is not None:
        check_count("patience", patience, 1)
    check_host(host)
    Recipe(seed=seed, precision=precision)
    spaces = read_spaces(space, systems)
    for one in spaces:
        check_space(one, objective)
    spaces = [with_data_defaults(one, dataset) for one in spaces]
    nothing = dict.fromkeys(("protocol", "parts", "calendar", "units"))
    data = with_defaults(dataset, **nothing)
    del data["units"]  # in the spaces, of systems that have them
    series = load_series(dataset, raw_dir, data_dir)
    settings = {"limit": limit, "objective": objective, "patience": patience}
    settings |= {"seed": seed, "precision": precision}
    search = describe_search(series, spaces, data, **settings)
    part = {"dataset": str(dataset), "raw_dir": raw_dir, "data_dir": data_dir}
    if dry_run:
        check_search(folder, search)
        make_plan(folder, spaces, search, part, workers, gpus, say, command)
        for one in spaces:
            for number, point in enumerate(one.points(limit)):
                say(f"{one.system} {number}: {describe_point(one, point)}")
        return None
    with run_lock(folder) as folder:
        check_search(folder, search)
        progress = make_plan(
            folder, spaces, search, part, workers, gpus, say, command
        )
        write_search(folder, search)
        for one in spaces:
            Team(
                folder,
                one,
                limit,
                part,
                workers=workers,
                host=host,
                port=port,
                gpus=gpus,
                on_trial=functools.partial(progress.ended, one),
                say=say,
                command=command,
            ).run()
        return write_report(folder)


if __name__ == "__main__":
    # The command is made of this module, so it cannot be imported here.
    sys.argv[1:1] = ["tune"]
    runpy.run_module("keras_stunet", run_name="__main__", alter_sys=False)
