"""Which contestants of a task may be timed, and whose timings count."""

import numpy as np
from agreement import TOLERANCES
from agreement import agrees
from agreement import differences
from agreement import losses_agree


def check(task, present, records):
    """Differences of contestants by name, and notes on those that fail."""
    found, notes, reference = {}, {}, None
    for name, entry in present.items():
        record = records[task.name, name, "check"]
        if "error" in record:
            notes[name] = f"failed: {record['error']}"
            continue
        results = read_variants(record["arrays"])
        reference = reference or next(iter(results.values()))
        found[name] = {}
        for variant, result in results.items():
            try:
                apart = differences(result, reference)
            except ValueError as error:
                notes[name] = f"differs: arrays {error}"
                continue
            for kind, size in apart.items():
                worst = found[name].get(kind, 0.0)
                found[name][kind] = float(np.maximum(worst, size))
            if not agrees(apart, entry.precision):
                notes[name] = (
                    f"differs from {next(iter(found))} by {apart} "
                    f"{variant}; allowed {TOLERANCES[entry.precision]}"
                )
    if any(note.startswith("differs") for note in notes.values()):
        for name in present.keys() - notes.keys():
            notes[name] = "not timed, for another one differs"
    return found, notes


def check_losses(task, work, timed, records):
    """Notes on contestants whose timed calls did not compute the same."""
    notes, references = {}, {}
    for name, entry in timed.items():
        record = records[task.name, name, work]
        if "error" in record:
            notes[name] = f"failed: {record['error']}"
            continue
        for variant, timing in record["variants"].items():
            numbers = timing["numbers"]
            first = references.setdefault(variant, numbers)
            if not losses_agree(numbers, first, entry.precision):
                notes[name] = f"differs while timed: {numbers}, not {first}"
    return notes


def read_variants(path):
    """Arrays of a check, by variant and key."""
    results = {}
    with np.load(path) as stored:
        for name in stored.files:
            variant, key = name.split("/")
            results.setdefault(variant, {})[key] = stored[name]
    return results
