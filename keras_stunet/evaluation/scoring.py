"""Scoring on windows: every forecast once, global sums, original units."""

import numpy as np

from keras_stunet.baselines import HistoricalAverage
from keras_stunet.baselines import Persistence
from keras_stunet.metrics import Scores


def predict_windows(model, windows, batch_size=50, indices=None):
    """Yield `(forecast, target, mask)` batch by batch.

    The last batch is filled up, so that compiled code sees one batch size,
    and cut to its true length before it is handed out.

    Args:
        model: Keras model, or a baseline with `predict(windows, indices)`.
        windows: A `Windows`.
        batch_size: Windows a batch.
        indices: Which windows, by default all of them.

    Yields:
        Forecast and target `(B, horizon, N, 1)`, mask the same or `None`.
    """
    indices = np.arange(len(windows)) if indices is None else indices
    for first in range(0, len(indices), batch_size):
        wanted = indices[first : first + batch_size]
        if hasattr(model, "predict_on_batch"):
            filled = np.resize(wanted, batch_size)
            x = windows.gather(filled)[0]
            forecast = np.asarray(model.predict_on_batch(x))[: len(wanted)]
        else:
            forecast = model.predict(windows, wanted)
        _, target, *mask = windows.gather(wanted)
        yield forecast, target, mask[0] if mask else None


def score_windows(model, windows, steps=(3, 6, 12), batch_size=50):
    """Score a model on windows.

    Args:
        model: As in `predict_windows`.
        windows: A `Windows`.
        steps: Horizon steps, counted from 1; those beyond the horizon are
            left out.
        batch_size: Windows a batch.

    Returns:
        `{step: {"mae": ..., "rmse": ..., "mape": ...}}`, as
        `keras_stunet.metrics.score`.
    """
    steps = [step for step in steps if step <= windows.horizon]
    scores = Scores(steps or [windows.horizon])
    for forecast, target, mask in predict_windows(model, windows, batch_size):
        scores.update(target, forecast, mask)
    return scores.result()


def fit_naive_baselines(train):
    """The baselines that stand beside every model, fitted.

    Args:
        train: The training `Windows`.

    Returns:
        `{name: baseline}`, for `score_windows`.
    """
    return {
        "historical average": HistoricalAverage().fit(train),
        "persistence": Persistence().fit(train),
    }


def score_beside_naive(model, windows, train):
    """Score a model and the naive forecasts on the same windows.

    Args:
        model: As in `predict_windows`.
        windows: The `Windows` to score.
        train: The training `Windows`.

    Returns:
        `{system: {step: {"mae", "rmse", "mape"}}}`, the model first.
    """
    systems = {"model": model, **fit_naive_baselines(train)}
    return {
        name: score_windows(system, windows) for name, system in systems.items()
    }
