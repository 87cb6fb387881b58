"""What intervals hold, and how wide they are."""

import numpy as np

from keras_stunet.evaluation.intervals.bounds import check_level
from keras_stunet.evaluation.scoring import by_target
from keras_stunet.evaluation.scoring import predict_windows
from keras_stunet.quantiles import median_of

FIGURES = ("coverage", "width", "interval_score", "weighted_interval_score")
# Central intervals of the weighted interval score, beside the forecast as the
# median.
SCORED = (0.2, 0.4, 0.6, 0.8, 0.9, 0.95)


def score_intervals(intervals, model, windows, level, steps):
    """Coverage, width and scores of intervals, by horizon step.

    The interval score of level `a = 1 - e` is

        upper - lower + 2/e (lower - y)+ + 2/e (y - upper)+

    and the weighted interval score the mean of those of `SCORED`, each times
    `e / 2`, and half the absolute error, over `len(SCORED) + 1/2` (Gneiting
    and Raftery 2007; Bracher et al. 2021). Both are in the units of the data,
    the smaller the better.

    Args:
        intervals: `Intervals`.
        model: As in `predict_windows`.
        windows: The `Windows` to score.
        level: Of coverage, width and interval score.
        steps: Horizon steps, counted from 1, and `"all"`.

    Returns:
        `{step: {"coverage", "width", "interval_score",
        "weighted_interval_score"}}`, over all present readings; of several
        targets, whose units differ, `{target: ...}` of these.
    """
    check_level(level)
    sums = [{step: np.zeros(5) for step in steps} for _ in windows.targets]
    for made, target, mask in predict_windows(model, windows, whole=True):
        made = made.astype(np.float64)
        forecast = median_of(made, intervals.quantiles)
        target = target.astype(np.float64)
        present = np.ones(target.shape, bool) if mask is None else mask != 0
        low, high = intervals.bounds(made, level)
        figures = np.stack(
            [
                np.where(np.isnan(forecast), np.nan, 1.0)
                * ((low <= target) & (target <= high)),
                high - low,
                interval_score(target, low, high, level),
                _weighted(intervals, made, forecast, target),
                np.ones(target.shape),
            ]
        )  # (5, B, horizon, N, D)
        for number, of_target in enumerate(sums):
            for step in steps:
                at = slice(None) if step == "all" else slice(step - 1, step)
                chosen = present[:, at, :, number]
                of_step = figures[:, :, at, :, number]
                of_target[step] += of_step[:, chosen].sum(axis=1)
    return by_target(windows, [_means(of_target) for of_target in sums])


def _means(sums):
    found = {}
    for step, row in sums.items():
        with np.errstate(divide="ignore", invalid="ignore"):
            means = row[:4] / row[4]
        found[step] = dict(zip(FIGURES, means.tolist(), strict=True))
    return found


def interval_score(y, lower, upper, level):
    """The interval score of each reading, see `score_intervals`.

    Example:
    >>> float(interval_score(np.float64(12), 8.0, 10.0, 0.8))  # 2 + 10 * 2
    22.0
    """
    outside = np.maximum(lower - y, 0) + np.maximum(y - upper, 0)
    return upper - lower + 2 / (1 - level) * outside


def _weighted(intervals, made, forecast, target):
    total = np.abs(target - forecast) / 2
    for level in SCORED:
        low, high = intervals.bounds(made, level)
        score = interval_score(target, low, high, level)
        total = total + (1 - level) / 2 * score
    return total / (len(SCORED) + 0.5)
