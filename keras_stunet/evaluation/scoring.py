"""Scoring on windows: every forecast once, global sums, original units."""

import numpy as np

from keras_stunet.baselines.registry import CLASSICAL
from keras_stunet.baselines.registry import NAIVE
from keras_stunet.metrics import ALL_STEPS
from keras_stunet.metrics import Scores
from keras_stunet.quantiles import median_of
from keras_stunet.steps import WEEK

STEPS = (3, 6, 12)  # 15, 30 and 60 minutes of 5-minute readings
SATURDAY = 5


def predict_windows(model, windows, batch_size=50, indices=None, whole=False):
    """Yield `(forecast, target, mask)` batch by batch.

    The last batch is filled up, so that compiled code sees one batch size,
    and cut to its true length before it is handed out.

    Args:
        model: Keras model, or a baseline with `predict(windows, indices)`.
        windows: A `Windows`.
        batch_size: Windows a batch.
        indices: Which windows, by default all of them.
        whole: Whether a model that forecasts Q quantiles gives all of them,
            `(B, horizon, N, D_out Q)`; by default it gives the median.

    Yields:
        Forecast and target `(B, horizon, N, D_out)`, mask the same or `None`.
    """
    indices = np.arange(len(windows)) if indices is None else indices
    quantiles = None if whole else getattr(model, "quantiles", None)
    for first in range(0, len(indices), batch_size):
        wanted = indices[first : first + batch_size]
        if hasattr(model, "predict_on_batch"):
            filled = np.resize(wanted, batch_size)
            x = windows.gather(filled)[0]
            forecast = np.asarray(model.predict_on_batch(x))[: len(wanted)]
        else:
            forecast = model.predict(windows, wanted)
        forecast = median_of(forecast, quantiles)
        _, target, *mask = windows.gather(wanted)
        yield forecast, target, mask[0] if mask else None


def reported_steps(horizon, steps=None):
    """What stands in a table of horizons.

    Args:
        horizon: Number of forecast steps.
        steps: Horizon steps, counted from 1; by default 3, 6 and 12, as far
            as the horizon goes. `"all"` may be among them.

    Returns:
        The steps in order, the last one of the horizon always among them,
        and `"all"`: all of them together.

    Raises:
        ValueError: If a step is not one of the horizon.

    Example:
    >>> reported_steps(12), reported_steps(24, [1])
    ((3, 6, 12, 'all'), (1, 24, 'all'))
    """
    if steps is None:
        steps = [step for step in STEPS if step <= horizon]
    steps = [step for step in steps if step != ALL_STEPS]
    for step in steps:
        integer = isinstance(step, (int, np.integer))
        if not integer or isinstance(step, bool) or not 1 <= step <= horizon:
            raise ValueError(
                f"Step {step!r} was asked for; expected horizon steps, "
                f"integers from 1 to {horizon}. Leave it out, or forecast "
                "further (`horizon`)."
            )
    steps = sorted({*map(int, steps), horizon})
    return (*steps, ALL_STEPS) if horizon > 1 else tuple(steps)


def score_windows(model, windows, steps=None, batch_size=50):
    """Score a model on windows.

    Args:
        model: As in `predict_windows`.
        windows: A `Windows`.
        steps: Horizon steps, counted from 1, and `"all"` for all together;
            those beyond the horizon are left out. By default 3, 6 and 12 and
            the last one.
        batch_size: Windows a batch.

    Returns:
        `{step: {"mae", "rmse", "mape", "wape"}}`, as
        `keras_stunet.metrics.score`; of several targets, whose units differ,
        `{target: ...}` of these.
    """
    last = windows.horizon
    if steps is None:
        steps = [step for step in reported_steps(last) if step != ALL_STEPS]
    steps = [step for step in steps if step == ALL_STEPS or step <= last]
    scores = [Scores(steps or [last]) for _ in windows.targets]
    for batch in predict_windows(model, windows, batch_size):
        for at, one in enumerate(scores):
            forecast, target, mask = one_target(batch, at)
            one.update(target, forecast, mask)
    return by_target(windows, [one.result() for one in scores])


def one_target(batch, at):
    """What `predict_windows` yields, of one target: `(B, horizon, N, 1)`."""
    return tuple(x if x is None else x[..., at : at + 1] for x in batch)


def by_target(windows, found):
    """What was found of each target: `{name: ...}`; of one, that alone."""
    if len(found) == 1:
        return found[0]
    return dict(zip(windows.target_names, found, strict=True))


def fit_naive_baselines(train):
    """The baselines that stand beside every model, fitted.

    These are the historical average, persistence and, where the training
    part has working days and weekends, the average by weekday and time.

    Args:
        train: The training `Windows`.

    Returns:
        `{name: baseline}`, for `score_windows`.
    """
    weekly = _has_weekends(train)
    return {
        CLASSICAL[name].title: CLASSICAL[name].make().fit(train)
        for name in NAIVE
        if weekly or name != "historical_average_weekly"
    }


def score_beside_naive(model, windows, train, steps=None):
    """Score a model and the naive forecasts on the same windows.

    Args:
        model: As in `predict_windows`.
        windows: The `Windows` to score.
        train: The training `Windows`.
        steps: As in `reported_steps`.

    Returns:
        `{system: {step: {"mae", "rmse", "mape", "wape"}}}`, the model first;
        of several targets `{target: ...}` of these.
    """
    steps = reported_steps(windows.horizon, steps)
    systems = {"model": model, **fit_naive_baselines(train)}
    found = {
        name: score_windows(system, windows, steps)
        for name, system in systems.items()
    }
    if len(windows.targets) == 1:
        return found
    return {
        target: {name: scores[target] for name, scores in found.items()}
        for target in windows.target_names
    }


def _has_weekends(windows):
    if windows.timestamps is None or windows.minutes_per_step > WEEK:
        return False
    at_weekend = windows.weekdays(windows.covered_rows()) >= SATURDAY
    return at_weekend.any() and not at_weekend.all()
