"""What a search will cost, from a few steps or from the trials so far."""

import time

from keras_stunet.data import WindowBatches
from keras_stunet.experiments.outcome import status_of
from keras_stunet.tuning.space_checks import check_builds
from keras_stunet.tuning.trial_run import compiled_network

STEPS = 3  # the first one compiles


def probe(space, series, splits, search):
    """Build each value of a grid once, and time the published point.

    Args:
        space: A `Space`.
        series: The `Series`.
        splits: `Splits` of it.
        search: The content of `search.json`.

    Returns:
        Dict of `seconds`, about what a trial takes with all its epochs, or
        `None` for a system that is fitted, and where it cannot be told, with
        `unknown`, why; or `{"error": ...}` where a value is out of the
        model's range.
    """
    if space.classical:
        return {"seconds": None}
    try:
        check_builds(space, series, splits.train.num_features)
    except ValueError as error:
        return {"error": str(error)}
    except Exception as error:  # the trials say which ones fit
        return _unknown(error)
    try:
        return {"seconds": _trial_seconds(space, series, splits, search)}
    except Exception as error:
        return _unknown(error)


def _trial_seconds(space, series, splits, search):
    clock = time.perf_counter()
    point = {**space.points(1)[0], **space.fixed}
    network, recipe = compiled_network(space, point, series, splits, search)
    steps = _timed(network.train_on_batch, splits.train, recipe)
    tests = _timed(network.test_on_batch, splits.validation, recipe)
    start = time.perf_counter() - clock
    epoch = min(steps) * recipe.steps_per_epoch(len(splits.train))
    epoch += min(tests) * recipe.steps_per_epoch(len(splits.validation))
    return round(start + recipe.epochs * epoch, 1)


def _unknown(error):
    message = f"{status_of(error)}: {type(error).__name__}: {error}"
    return {"seconds": None, "unknown": message[:500]}


def expected_seconds(trials, probed=None):
    """What the next trial of a system is expected to take, or `None`.

    Args:
        trials: Those so far; the mean of the ended ones counts.
        probed: From `probe`, where there are none.
    """
    seconds = [
        trial.outcome["seconds"]
        for trial in trials
        if trial.ended and trial.outcome["status"] == "done"
    ]
    return sum(seconds) / len(seconds) if seconds else probed


def _timed(step, windows, recipe):
    batches = WindowBatches(windows, recipe.batch_size)
    seconds = []
    for _ in range(STEPS):
        batch = batches[0]
        clock = time.perf_counter()
        step(*batch)
        seconds.append(time.perf_counter() - clock)
    return seconds
