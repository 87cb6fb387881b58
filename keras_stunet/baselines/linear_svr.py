"""Linear support vector regression on the last readings of a node."""

import numbers
import warnings

import numpy as np

from keras_stunet.baselines.checks import check_fitted
from keras_stunet.baselines.checks import check_one_target
from keras_stunet.baselines.checks import missing_package
from keras_stunet.baselines.readings import node_scale
from keras_stunet.baselines.readings import training_readings

_MAX_ITERATIONS = 2_000


class LinearSVR:
    """Linear support vector regression: the last readings, weighed.

    One regression for each node `n` and horizon step `h`:

        forecast[b, h, n] = w[n, h] . x[b, :, n] + c[n, h]

    with `x` the `history` readings of window `b`. Of the training windows it
    minimises, over `(w, c)`,

        (|w|^2 + c^2) / 2 + C * sum over b of max(0, |error[b]| - epsilon)

    in units of the node's training mean and standard deviation; scikit-learn
    (LIBLINEAR) does the work. Neither neighbours nor the calendar enter.

    A missing input holds the fill value of the windows, in training as in
    forecasts; a missing target leaves its window out of the fit of that step.
    A node without a present target takes the mean of all training readings.

    On PeMSD7(M) fitting takes two to three minutes on one CPU core. The
    defaults were chosen on its validation days, where all `C` from 0.03 to
    0.3 are within 0.1 % of each other in MAE; one regression for all nodes
    together is 2 to 3 % worse than one for each.

    Args:
        C: Weight of the errors beside the penalty on the coefficients.
        epsilon: Error that costs nothing, in standard deviations.
        seed: Seed of the solver, which visits windows in random order.

    Raises:
        ValueError: If `C` or `epsilon` is out of range.

    Example:
    >>> from keras_stunet.data import Windows
    >>> ramp = np.arange(60.0)[:, None]
    >>> windows = Windows(ramp, None, np.arange(57), 2, 2)
    >>> system = LinearSVR(C=100, epsilon=0).fit(windows)
    >>> system.predict(windows, [10]).round(2).ravel().tolist()
    [12.0, 13.0]
    """

    def __init__(self, C=0.1, epsilon=0.05, seed=0):
        for name, value, lowest in (("C", C, "> 0"), ("epsilon", epsilon, "")):
            real = isinstance(value, numbers.Real)
            if not real or not 0 <= value < np.inf or (lowest and not value):
                raise ValueError(
                    f"`{name}` is {value!r}; expected a finite number "
                    f"{lowest or '>= 0'}."
                )
        self.C = float(C)
        self.epsilon = float(epsilon)
        self.seed = seed
        self.fitted_on = None

    def fit(self, windows):
        """Fit all regressions.

        Args:
            windows: The training `Windows`.

        Returns:
            The system itself.

        Raises:
            ValueError: If `windows` is no `Windows` or has several targets,
                or nothing is present.
            ImportError: If scikit-learn is not installed.
        """
        check_one_target(self, windows)
        readings = training_readings(windows)
        solver = _solver()
        scale = node_scale(readings)
        every = np.arange(len(windows))
        inputs = windows.input_rows(every)  # (W, history)
        targets = windows.target_rows(every)  # (W, horizon)
        everything, present = windows.targets_of(windows.values)[..., 0], None
        if windows.mask is not None:
            present = windows.targets_of(windows.mask)[..., 0]
        shape = windows.num_nodes, windows.horizon
        coefficients = np.zeros((*shape, windows.history))
        intercepts = np.zeros(shape)
        unfinished = 0
        for node in range(windows.num_nodes):
            values = everything[:, node].astype(np.float64)
            values = (values - scale.mean[node]) / scale.std[node]
            x = values[inputs]  # (W, history)
            for step in range(windows.horizon):
                rows = targets[:, step]
                there = slice(None)
                if present is not None:
                    there = present[rows, node]
                    if not there.any():
                        continue
                model = solver(
                    C=self.C,
                    epsilon=self.epsilon,
                    max_iter=_MAX_ITERATIONS,
                    random_state=self.seed,
                )
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore")  # counted below
                    model.fit(x[there], values[rows][there])
                coefficients[node, step] = model.coef_
                intercepts[node, step] = model.intercept_[0]
                unfinished += model.n_iter_ >= _MAX_ITERATIONS
        if unfinished:
            warnings.warn(
                f"{unfinished} of {intercepts.size} regressions stopped after "
                f"{_MAX_ITERATIONS} rounds, short of their optimum. A "
                "smaller `C` needs fewer.",
                RuntimeWarning,
                stacklevel=2,
            )
        self.scale = scale
        self.coefficients = coefficients  # (N, horizon, history)
        self.intercepts = intercepts  # (N, horizon)
        names = "num_nodes", "history", "horizon", "targets"
        self.fitted_on = {name: getattr(windows, name) for name in names}
        return self

    def predict(self, windows, indices=None):
        """Forecast the targets of windows.

        Args:
            windows: `Windows` of the same sensors, history and horizon.
            indices: `(B,)` integers, by default all windows.

        Returns:
            `(B, horizon, N, 1)` float32, in original units.

        Raises:
            ValueError: If the system is not fitted, or for windows with
                other sensors, history or horizon.
        """
        check_fitted(self, windows, self.fitted_on)
        if indices is None:
            indices = np.arange(len(windows))
        x = windows.values[windows.input_rows(indices)]
        x = windows.targets_of(x)[..., 0].astype(np.float64)
        x = self.scale.normalise(x)  # (B, history, N)
        forecast = np.einsum("btn,nht->bhn", x, self.coefficients)
        forecast = self.scale.denormalise(forecast + self.intercepts.T)
        return forecast.astype(np.float32)[..., None]


def _solver():
    try:
        from sklearn import svm
    except ImportError as error:
        raise missing_package("LinearSVR", error) from error
    return svm.LinearSVR
