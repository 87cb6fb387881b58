"""What a search will do and cost, and how far it is."""

import contextlib
import json
import tempfile
import time
from pathlib import Path

from keras_stunet.data import WindowBatches
from keras_stunet.experiments.outcome import status_of
from keras_stunet.messages import describe_seconds
from keras_stunet.processes import Child
from keras_stunet.processes import machine_shares
from keras_stunet.tuning.report import write_report
from keras_stunet.tuning.search_folder import best_trial
from keras_stunet.tuning.search_folder import read_trials
from keras_stunet.tuning.space_checks import check_builds
from keras_stunet.tuning.trial_run import compiled_network

STEPS = 3  # of a probe; the first one compiles


class Progress:
    """Says after each trial how far the search is, and for how long yet.

    Args:
        folder: Of the search; it need not exist. Trials in it count.
        spaces: A list of `Space`.
        search: The content of `search.json`.
        workers: How many share the work.
        say: Takes each line.
    """

    def __init__(self, folder, spaces, search, workers, say):
        limit = search["limit"]
        self.totals = {one.system: len(one.points(limit)) for one in spaces}
        self.trials = {
            one.system: [t for t in read_trials(folder, one) if t.ended]
            for one in spaces
        }
        self.folder, self.workers, self.say = folder, workers, say
        self.objective = search["objective"]
        self.probed = {}  # seconds of a trial, where none has ended

    def left(self):
        """Seconds that are left, or `None`; fitted systems count once known."""
        known = [
            self.to_do(system) * seconds
            for system in self.totals
            if (seconds := self.each(system)) is not None
        ]
        return sum(known) / self.workers if known else None

    def to_do(self, system):
        """How many trials are left; none where fewer are asked for now."""
        return max(0, self.totals[system] - len(self.trials[system]))

    def each(self, system):
        """Seconds that a trial of a system is expected to take, or `None`."""
        done = [t.outcome["seconds"] for t in self.trials[system] if t.done]
        return sum(done) / len(done) if done else self.probed.get(system)

    def ended(self, space, trial):
        """Count a trial, say so, and bring tables and figures up to date."""
        trials = self.trials[space.system]
        if trial.number in {known.number for known in trials}:
            return
        trials.append(trial)
        outcome, left, name = trial.outcome, self.left(), self.objective
        if trial.done:
            best = best_trial(trials, name).outcome[name]
            result = f"{name} {outcome[name]:.4f} (best {best:.4f})"
        else:
            result = f"{outcome['status']}: {outcome['message'][:200]}"
        done = sum(map(len, self.trials.values()))
        self.say(
            f"[{done}/{sum(self.totals.values())}] {space.system} "
            f"{describe_point(space, trial.point)}: {result}, "
            f"{outcome['seconds']:.0f} s"
            + (f"; left: {describe_seconds(left)}" if left != 0 else "")
        )
        write_report(self.folder)


def make_plan(folder, spaces, search, part, workers, gpus, say, command):
    """Check what only models can tell, and say what the search will cost.

    Args:
        folder: Of the search; it need not exist. Trials in it count.
        spaces: A list of `Space`.
        search: As `describe_search` returns it.
        part: As in `Team`.
        workers: As in `grid_search`.
        gpus: As in `grid_search`.
        say: Takes each line.
        command: As in `Team`.

    Returns:
        A `Progress`.

    Raises:
        ValueError: If a value is out of a model's range.
        OSError: If the data or the backend cannot be had.
    """
    progress = Progress(folder, spaces, search, workers, say)
    totals, trials = progress.totals, progress.trials
    sizes = (
        f"{s.system} {totals[s.system]} of {s.size} points" for s in spaces
    )
    say(f"{sum(totals.values())} trials: {', '.join(sizes)}")
    share = machine_shares(workers, gpus)[0]
    for space in spaces:
        if not space.classical and not trials[space.system]:
            seconds = _probe(space, search, part, share, say, command)
            progress.probed[space.system] = seconds
    for system in totals:
        say(
            f"  {system}: {len(trials[system])} done, "
            f"{progress.to_do(system)} to do, time of each: "
            f"{describe_seconds(progress.each(system))}"
        )
    say(
        f"Time in all, roughly: {describe_seconds(progress.left())}, with "
        f"{workers} worker{'s' * (workers > 1)}; early stopping makes it less, "
        "larger models more."
    )
    return progress


def describe_point(space, point):
    """What of a point is not as published, in a line."""
    changes = space.changes(point)
    if not changes:
        return "as published"
    return " ".join(f"{name}={value}" for name, value in changes.items())


def probe(space, series, splits, search):
    """Build each value of a grid once, and time the published point.

    Args:
        space: A `Space` of a model.
        series: The `Series`.
        splits: `Splits` of it.
        search: The content of `search.json`.

    Returns:
        Dict of `seconds`, about what a trial takes with all its epochs, or
        `None` where it cannot be told, with `unknown`, why; or
        `{"error": ...}` where a value is out of the model's range.
    """
    try:
        check_builds(space, series, splits)
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


def _timed(step, windows, recipe):
    batches = WindowBatches(windows, recipe.batch_size)
    seconds = []
    for _ in range(STEPS):
        batch = batches[0]
        clock = time.perf_counter()
        step(*batch)
        seconds.append(time.perf_counter() - clock)
    return seconds


def _unknown(error):
    message = f"{status_of(error)}: {type(error).__name__}: {error}"
    return {"seconds": None, "unknown": message[:500]}


def _probe(space, search, part, share, say, command):
    # In a process of its own, for this one must not hold a device; with no
    # more of the machine than a worker has.
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "probe.log"
        part = {**part, "folder": folder, "system": space.system}
        child = Child({**part, "search": search}, command, log, *share)
        try:
            child.wait()
        finally:
            child.stop()
        found = _last_dict(log.read_text(errors="replace"))
        if child.status > 0 or (child.status == 0 and found is None):
            raise OSError(f"{space.system} cannot start: {child.last_words()}")
    if child.status < 0:
        found = {"seconds": None, "unknown": "the process was killed."}
    if "error" in found:
        raise ValueError(found["error"])
    if "unknown" in found:
        say(f"  {space.system}: time unknown: {found['unknown']}")
    return found["seconds"]


def _last_dict(text):
    # Libraries write into the same file.
    for line in reversed(text.splitlines()):
        with contextlib.suppress(ValueError):
            if isinstance(found := json.loads(line), dict):
                return found
    return None
