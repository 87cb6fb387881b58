"""ARIMA, one model for each node."""

import numbers
import warnings

import numpy as np

from keras_stunet.baselines.checks import check_fitted
from keras_stunet.baselines.checks import check_one_target
from keras_stunet.baselines.checks import missing_package
from keras_stunet.baselines.readings import node_scale
from keras_stunet.baselines.readings import training_readings
from keras_stunet.baselines.state_space import StateSpace
from keras_stunet.baselines.state_space import filtered_forecast
from keras_stunet.steps import steps_between

# With fewer readings for each coefficient a node gets no model.
_READINGS_PER_COEFFICIENT = 10
_MAX_ITERATIONS = 500


class ARIMA:
    """Autoregressive integrated moving average of each node by itself.

    With `B` the backward shift, `z` the readings of a node in units of its
    training mean and standard deviation, and `e` white noise,

        (1 - phi_1 B - ... - phi_p B^p) (1 - B)^d z_t
            = (1 + theta_1 B + ... + theta_q B^q) e_t

    `fit` maximises the exact likelihood of all training rows (statsmodels, in
    state space), stationary and invertible. Missing readings are missing
    there too. Where time is left out between two rows, a weekend say, as many
    missing rows stand in, at most a day of them.

    `predict` fits nothing anew. For each window the state is filtered from
    the `history` readings of that window alone, beginning with the stationary
    distribution (for `d > 0` the levels are diffuse), as every other system
    sees no more than these; the forecasts are the expectations given them.
    They equal statsmodels' `results.apply(window).forecast(horizon)`.

    A node with too few readings to fit (10 for each coefficient), or with
    readings that are all alike, is forecast by its mean, and so, with a
    warning, is one whose fit breaks down; a node without any reading by the
    mean of all training readings.

    On PeMSD7(M) fitting takes two to three minutes on one CPU core, and on its
    validation days readings of eight hours in place of one change the MAE by
    a thousandth.

    Args:
        order: `(p, d, q)`. The default is that of Li, Yu, Shahabi and Liu
            (DCRNN, 2018).

    Raises:
        ValueError: If `order` is not three whole numbers, or has nothing to
            fit.
    """

    def __init__(self, order=(3, 0, 1)):
        given, order = order, tuple(order) if np.iterable(order) else ()
        if len(order) != 3 or not all(
            isinstance(k, numbers.Integral) and k >= 0 for k in order
        ):
            raise ValueError(
                f"`order` is {given!r}; expected three whole numbers "
                "(p, d, q), such as (3, 0, 1)."
            )
        if order[0] + order[2] == 0:
            raise ValueError(
                f"`order` {order} has no coefficient to fit; expected p or q "
                "above 0. (0, 1, 0) is `Persistence`."
            )
        self.order = tuple(map(int, order))
        self.fitted_on = None

    def fit(self, windows):
        """Fit the model of every node.

        Args:
            windows: The training `Windows`.

        Returns:
            The system itself.

        Raises:
            ValueError: If `windows` is no `Windows` or has several targets,
                or nothing is present.
            ImportError: If statsmodels or threadpoolctl is not installed.
        """
        check_one_target(self, windows)
        readings = training_readings(windows)
        library, one_thread = _library()
        scale = node_scale(readings)
        values = scale.normalise(readings.values)
        values = np.where(readings.present, values, np.nan)
        values = _with_gaps(values, _places(windows, readings.rows))
        with one_thread(1, "blas"):
            systems, coefficients = self._fit_nodes(library, values)
        self.scale = scale
        # (N, p + q): phi_1 ... phi_p, theta_1 ... theta_q
        self.coefficients = np.array(coefficients)
        self.system = StateSpace(*map(np.array, zip(*systems, strict=True)))
        names = "num_nodes", "targets"
        self.fitted_on = {name: getattr(windows, name) for name in names}
        return self

    def predict(self, windows, indices=None):
        """Forecast the targets of windows.

        Args:
            windows: `Windows` of the same sensors, with any history and
                horizon.
            indices: `(B,)` integers, by default all windows.

        Returns:
            `(B, horizon, N, 1)` float32, in original units.

        Raises:
            ValueError: If the system is not fitted, or for windows with
                other sensors.
        """
        check_fitted(self, windows, self.fitted_on)
        if indices is None:
            indices = np.arange(len(windows))
        rows = windows.input_rows(indices)  # (B, history)
        values = windows.targets_of(windows.values[rows])[..., 0]
        values = self.scale.normalise(values.astype(np.float64))
        present = np.ones((1, *values.shape[1:]), dtype=bool)
        if windows.mask is not None:
            found = windows.targets_of(windows.mask[rows])[..., 0]
            present = present if found.all() else found
        forecast = filtered_forecast(
            self.system, values, present, windows.horizon
        )
        forecast = self.scale.denormalise(forecast)  # (B, horizon, N)
        return forecast.astype(np.float32)[..., None]

    def _fit_nodes(self, library, values):
        """The matrices and the coefficients of every node."""
        p, d, q = self.order
        fewest = _READINGS_PER_COEFFICIENT * (p + q)
        systems, coefficients, early, failed = [], [], [], []
        for n, node in enumerate(values.T):
            m = max(p, q + 1) + d
            systems.append([np.zeros((m,) * k) for k in (1, 2, 2, 2)])
            coefficients.append(np.zeros(p + q))
            there = node[np.isfinite(node)]
            if len(there) < fewest or np.ptp(there) < 1e-9:
                continue
            model = library(
                node, order=self.order, trend="n", concentrate_scale=True
            )
            with warnings.catch_warnings():
                # Of starting values, which do no harm, and of convergence,
                # which is named below.
                warnings.simplefilter("ignore")
                try:
                    results = model.fit(
                        cov_type="none",
                        method_kwargs={"maxiter": _MAX_ITERATIONS},
                    )
                except np.linalg.LinAlgError:
                    failed.append(n)
                    continue
            if not results.mle_retvals["converged"]:
                early.append(n)
            systems[n] = _matrices(results.filter_results)
            coefficients[n] = results.params
        _warn(early, failed)
        return systems, coefficients


def _warn(early, failed):
    if early:
        warnings.warn(
            f"The fit of nodes {early} stopped short of its optimum. A "
            "smaller `order` may be better determined.",
            RuntimeWarning,
            stacklevel=4,
        )
    if failed:
        warnings.warn(
            f"The fit of nodes {failed} broke down and their mean stands in: "
            "are their readings a straight line, or otherwise without noise?",
            RuntimeWarning,
            stacklevel=4,
        )


def _library():
    """The model class, and what holds its threads at one.

    The matrices have a few rows: more threads only wait for each other, and
    on a busy machine they take ten times as long.
    """
    try:
        from statsmodels.tsa.arima import model
        from threadpoolctl import threadpool_limits
    except ImportError as error:
        raise missing_package("ARIMA", error) from error
    return model.ARIMA, threadpool_limits


def _matrices(results):
    selection = results.selection[..., 0]
    noise_cov = selection @ results.state_cov[..., 0] @ selection.T
    design, transition = results.design[0, :, 0], results.transition[..., 0]
    return design, transition, noise_cov, results.initial_state_cov


def _places(windows, rows):
    """Steps from the first row to each: `(R,)` integers, strictly rising."""
    times = rows
    if windows.timestamps is not None:
        found = windows.timestamps[rows]
        times = steps_between(found[0], found, windows.minutes_per_step)
    # After a day an ARIMA of five-minute readings has forgotten.
    gaps = np.clip(np.diff(times), 1, windows.steps_per_day + 1)
    return np.concatenate([[0], np.cumsum(gaps)]).astype(np.int64)


def _with_gaps(values, places):
    """`values` `(R, N)` laid out at `places`, NaN in between."""
    spread = np.full((places[-1] + 1, values.shape[1]), np.nan)
    spread[places] = values
    return spread
