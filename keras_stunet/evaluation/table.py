"""Results as a person reads them."""

import math

from keras_stunet.baselines.registry import CLASSICAL
from keras_stunet.baselines.registry import NAIVE
from keras_stunet.messages import counted
from keras_stunet.messages import with_unit
from keras_stunet.steps import describe_ahead

NAIVE_TITLES = [CLASSICAL[name].title for name in NAIVE]


def horizon_table(
    scores, minutes_per_step, steps=None, units=None, rivals=NAIVE_TITLES
):
    """Markdown table of errors by horizon, one row a system.

    Below it a sentence says where the first system, by its MAE, loses to
    one of the rivals. Several targets have a table each, under their names.

    Args:
        scores: `{system: {step: {"mae", "rmse", "mape"}}}`; the step "all"
            stands for all of them together. Of several targets `{target:
            ...}` of these.
        minutes_per_step: Minutes between two readings.
        steps: Which of the steps to show, by default all that were scored.
        units: `{target: unit}` for the names of several targets.
        rivals: Names of systems, by default the naive forecasts.

    Returns:
        The table; MAE and RMSE in the units of the data, MAPE in percent. A
        MAPE that is not finite is a dash, and a line below says why; beside
        it then stands WAPE, where it was scored.

    >>> print(horizon_table({"x": {3: {"mae": 1, "rmse": 2, "mape": 3}}}, 5))
    | MAE / RMSE / MAPE % | 15 min |
    | --- | --- |
    | x | 1.000 / 2.000 / 3.00 |
    """
    if is_by_target(scores):
        return "\n\n".join(
            f"**{with_unit(target, (units or {}).get(target))}**\n\n"
            f"{horizon_table(own, minutes_per_step, steps, rivals=rivals)}"
            for target, own in scores.items()
        )
    scores = {
        system: {str(step): row for step, row in by_step.items()}
        for system, by_step in scores.items()
    }
    scored = list(next(iter(scores.values())))
    if steps is not None:
        wanted = {str(step) for step in steps}
        scored = [step for step in scored if step in wanted]
    heads = {step: _head(step, minutes_per_step) for step in scored}
    rows = [by_step[step] for by_step in scores.values() for step in scored]
    no_mape = any(map(_has_no_mape, rows))
    errors = ["mae", "rmse", "mape"]
    if no_mape and all("wape" in row for row in rows):
        errors.append("wape")
    title = " / ".join(
        name.upper() + (" %" if name.endswith("pe") else "") for name in errors
    )
    lines = [
        f"| {title} | {' | '.join(heads.values())} |",
        "| --- |" + " --- |" * len(scored),
    ]
    for system, by_step in scores.items():
        cells = " | ".join(_cell(by_step[step], errors) for step in scored)
        lines.append(f"| {system} | {cells} |")
    if no_mape:
        lines += ["", "MAPE has no finite value where a true reading is 0."]
        if "wape" in errors:
            lines[-1] += " WAPE: the sum of errors over that of the readings."
    if losses := _losses(scores, heads, rivals):
        lines += ["", losses]
    return "\n".join(lines)


def intervals_table(scores, minutes_per_step, level, units=None):
    """Markdown table of what intervals hold and how wide they are.

    Args:
        scores: What `score_intervals` returns.
        minutes_per_step: Minutes between two readings.
        level: Of the intervals.
        units: Units of several targets by name.

    >>> score = {"coverage": 0.79, "width": 5.1, "interval_score": 8.8}
    >>> score["weighted_interval_score"] = 1.2
    >>> print(intervals_table({3: score}, 5, 0.8))
    | 80 % intervals | 15 min |
    | --- | --- |
    | coverage % | 79.0 |
    | mean width | 5.100 |
    | interval score | 8.800 |
    | weighted interval score | 1.200 |
    """
    if not all(str(step).isdecimal() or step == "all" for step in scores):
        return "\n\n".join(
            f"**{with_unit(target, (units or {}).get(target))}**\n\n"
            + intervals_table(found, minutes_per_step, level)
            for target, found in scores.items()
        )
    heads = [_head(str(step), minutes_per_step) for step in scores]
    lines = [
        f"| {100 * level:g} % intervals | {' | '.join(heads)} |",
        "| --- |" + " --- |" * len(heads),
    ]
    for title, name in (
        ("coverage %", "coverage"),
        ("mean width", "width"),
        ("interval score", "interval_score"),
        ("weighted interval score", "weighted_interval_score"),
    ):
        cells = (row[name] for row in scores.values())
        if name == "coverage":
            cells = (f"{100 * cell:.1f}" for cell in cells)
        else:
            cells = (f"{cell:.3f}" for cell in cells)
        lines.append(f"| {title} | {' | '.join(cells)} |")
    return "\n".join(lines)


def scored_windows(title, windows):
    """Which windows a table is of, in a line.

    Args:
        title: What they are, such as `"Validation"`.
        windows: The `Windows`.

    >>> import numpy as np
    >>> from keras_stunet.data import Series, make_windows
    >>> hours = np.arange("2024-02-01", "2024-02-11", dtype="datetime64[h]")
    >>> values = np.arange(240.0)[:, None]
    >>> series = Series(values, np.zeros((1, 1)), hours)
    >>> scored_windows("Test", make_windows(series, "windows", 4, 2).test)
    'Test, 2024-02-08 20:00 to 2024-02-10 23:00, 47 windows.'
    """
    times = ""
    if windows.timestamps is not None:
        rows = windows.covered_rows()
        first, last = windows.timestamps[[rows.min(), rows.max()]]
        times = f" {str(first)[:16]} to {str(last)[:16]},".replace("T", " ")
    return f"{title},{times} {counted(len(windows), 'window')}."


def is_by_target(scores):
    """Whether scores are of several targets, `{target: {system: ...}}`."""
    for _ in ("target", "system", "step"):
        if not isinstance(scores, dict):
            return False
        scores = next(iter(scores.values()))
    return isinstance(scores, dict)


def _head(step, minutes_per_step):
    if not step.isdecimal():
        return f"{step} steps"
    return describe_ahead(int(step), minutes_per_step)


def _losses(scores, heads, rivals):
    (model, ours), *others = scores.items()
    lost = []
    for name, theirs in others:
        at = [
            head
            for step, head in heads.items()
            if theirs[step]["mae"] < ours[step]["mae"]
        ]
        if at and name in rivals:
            lost.append(f"{name} ({', '.join(at)})")
    if not lost:
        return None
    model = "the model" if model == "model" else model
    return f"By its MAE {model} loses to {' and to '.join(lost)}."


def _has_no_mape(row):
    return math.isfinite(row["mae"]) and not math.isfinite(row["mape"])


def _cell(row, errors):
    lost = _has_no_mape(row)
    return " / ".join(
        "-"
        if lost and not math.isfinite(row[name])
        else f"{row[name]:.{2 if name.endswith('pe') else 3}f}"
        for name in errors
    )
