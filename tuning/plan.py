"""What a search will do and cost, and how far it is."""

import contextlib
import json
import tempfile
from pathlib import Path

from keras_stunet.messages import describe_seconds
from keras_stunet.processes import Child
from keras_stunet.processes import machine_shares
from keras_stunet.tuning.estimate import expected_seconds
from keras_stunet.tuning.report import write_report
from keras_stunet.tuning.trials import best_trial
from keras_stunet.tuning.trials import read_trials


class Progress:
    """Says after each trial how far the search is, and for how long yet.

    Args:
        spaces: A list of `Space`.
        search: The content of `search.json`.
        probed: `{system: seconds}` of a trial, where none is known.
        workers: How many share the work.
        say: Takes each line.
    """

    def __init__(self, spaces, search, probed, workers, say):
        limit = search["limit"]
        self.totals = {one.system: len(one.points(limit)) for one in spaces}
        self.objective = search["objective"]
        self.probed = probed
        self.workers = workers
        self.say = say
        self.trials = {one.system: [] for one in spaces}

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

    def ended(self, folder, space, trial):
        """Count a trial, say so, and bring tables and figures up to date."""
        trials = self.trials[space.system]
        fresh = trial.number not in {known.number for known in trials}
        if not fresh:
            return
        trials.append(trial)
        done = sum(map(len, self.trials.values()))
        outcome, left = trial.outcome, self.left()
        if outcome["status"] == "done":
            name = self.objective
            best = best_trial(trials, name).outcome[name]
            result = f"{name} {outcome[name]:.4f} (best {best:.4f})"
        else:
            result = f"{outcome['status']}: {outcome['message'][:200]}"
        self.say(
            f"[{done}/{sum(self.totals.values())}] {space.system} "
            f"{describe_point(space, trial.point)}: {result}, "
            f"{outcome['seconds']:.0f} s"
            + (f"; left: {describe_seconds(left)}" if left != 0 else "")
        )
        write_report(folder)

    def each(self, system):
        """Seconds that a trial of a system is expected to take, or `None`."""
        return expected_seconds(self.trials[system], self.probed.get(system))


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
    limit = search["limit"]
    known = {one.system: _known_trials(folder, one) for one in spaces}
    say(
        f"{sum(len(one.points(limit)) for one in spaces)} trials: "
        + ", ".join(
            f"{one.system} {len(one.points(limit))} of {one.size} points"
            for one in spaces
        )
    )
    probed = {}
    for one in spaces:
        ended = [trial for trial in known[one.system] if trial.ended]
        if not one.classical and not ended:
            share = machine_shares(workers, gpus)[0]
            probed[one.system] = _probe(one, search, part, share, say, command)
    progress = Progress(spaces, search, probed, workers, say)
    for one in spaces:
        progress.trials[one.system] = [t for t in known[one.system] if t.ended]
        each = progress.each(one.system)
        done = len(progress.trials[one.system])
        say(
            f"  {one.system}: {done} done, "
            f"{progress.to_do(one.system)} to do, time of each: "
            f"{describe_seconds(each)}"
        )
    say(
        f"Time in all, roughly: {describe_seconds(progress.left())}, with "
        f"{workers} worker{'s' * (workers > 1)}; early stopping makes it less, "
        "larger models more."
    )
    return progress


def _known_trials(folder, space):
    return read_trials(folder, space) if Path(folder).is_dir() else []


def _probe(space, search, part, share, say, command):
    # In a process of its own, for this one must not hold a device; with no
    # more of the machine than a worker has.
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "probe.log"
        part = {**part, "folder": folder, "system": space.system}
        child = Child({**part, "search": search}, command, log, *share)
        try:
            child.process.wait()
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


def describe_point(space, point):
    """What of a point is not as published, in a line."""
    changes = space.changes(point)
    if not changes:
        return "as published"
    return " ".join(f"{name}={value}" for name, value in changes.items())
