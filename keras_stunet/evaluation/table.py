"""Results as a person reads them."""

import math


def horizon_table(scores, minutes_per_step):
    """Markdown table of errors by horizon, one row a system.

    Args:
        scores: `{system: {step: {"mae", "rmse", "mape"}}}`.
        minutes_per_step: Minutes between two readings.

    Returns:
        The table; MAE and RMSE in the units of the data, MAPE in percent. A
        MAPE that is not finite is a dash, and a line below says why.

    >>> print(horizon_table({"x": {3: {"mae": 1, "rmse": 2, "mape": 3}}}, 5))
    | MAE / RMSE / MAPE % | 15 min |
    | --- | --- |
    | x | 1.000 / 2.000 / 3.00 |
    """
    steps = list(next(iter(scores.values())))
    header = " | ".join(
        f"{int(step) * minutes_per_step:g} min" for step in steps
    )
    lines = [
        f"| MAE / RMSE / MAPE % | {header} |",
        "| --- |" + " --- |" * len(steps),
    ]
    for system, by_step in scores.items():
        cells = " | ".join(map(_cell, by_step.values()))
        lines.append(f"| {system} | {cells} |")
    rows = [row for by_step in scores.values() for row in by_step.values()]
    if any(map(_has_no_mape, rows)):
        lines += ["", "MAPE has no finite value where a true reading is 0."]
    return "\n".join(lines)


def _has_no_mape(row):
    return math.isfinite(row["mae"]) and not math.isfinite(row["mape"])


def _cell(row):
    mape = "-" if _has_no_mape(row) else f"{row['mape']:.2f}"
    return f"{row['mae']:.3f} / {row['rmse']:.3f} / {mape}"
