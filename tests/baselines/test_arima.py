"""ARIMA: AR(1) by hand, statsmodels at each origin, gaps, messages."""

import sys
import warnings

import numpy as np
import pytest

from keras_stunet.baselines import ARIMA
from keras_stunet.baselines import arima
from keras_stunet.data import Windows

library = pytest.importorskip("statsmodels.tsa.arima.model").ARIMA
threadpool_limits = pytest.importorskip("threadpoolctl").threadpool_limits

HISTORY, HORIZON = 6, 4


@pytest.fixture(autouse=True)
def one_thread():
    """The library's own fits, which stand beside ours, wait for no other."""
    with threadpool_limits(1, "blas"):
        yield


def make_windows(masked=False, rows=400, nodes=2, timestamps=None):
    """AR(2) with coefficients 1.1 and -0.3 about 55 and 65."""
    rng = np.random.default_rng(0)
    z = np.zeros((rows + 50, nodes))
    for t in range(2, len(z)):
        z[t] = 1.1 * z[t - 1] - 0.3 * z[t - 2] + rng.normal(0, 1, nodes)
    values = np.array([55, 65])[:nodes] + np.array([2, 5])[:nodes] * z[50:]
    mask = rng.random(values.shape) < 0.8 if masked else None
    if masked:
        values = np.where(mask, values, 60.0)
    starts = np.arange(rows - HISTORY - HORIZON + 1)
    return Windows(
        values, mask, starts, HISTORY, HORIZON, timestamps, steps_per_day=24
    )


def standard(windows, node):
    """Present readings in standard units, NaN elsewhere; mean and std."""
    readings = windows.values[:, node].astype(float)
    if windows.mask is not None:
        readings = np.where(windows.mask[:, node], readings, np.nan)
    mean, std = np.nanmean(readings), np.nanstd(readings)
    return (readings - mean) / std, mean, std


def reference_fit(z, order):
    model = library(z, order=order, trend="n", concentrate_scale=True)
    return model.fit(cov_type="none")


def test_ar_1_goes_back_to_the_mean_by_powers():
    windows = make_windows()
    system = ARIMA((1, 0, 0))
    assert system.fit(windows) is system
    forecast = system.predict(windows, [0, 200])
    assert forecast.dtype == np.float32
    for node in range(2):
        z, mean, std = standard(windows, node)
        phi = system.coefficients[node, 0]
        # Least squares of each reading on the one before, which the
        # likelihood differs from by its first reading only.
        assert abs(phi - z[1:] @ z[:-1] / (z[:-1] @ z[:-1])) < 0.005
        for b, index in enumerate((0, 200)):
            last = z[index + HISTORY - 1]
            expected = mean + std * last * phi ** np.arange(1, HORIZON + 1)
            np.testing.assert_allclose(
                forecast[b, :, node, 0], expected, rtol=1e-6
            )


def test_coefficients_are_found():
    system = ARIMA((2, 0, 0)).fit(make_windows(rows=4000))
    expected = [[1.1, -0.3]] * 2
    # Four standard errors: (1 - 0.3**2) / 4000 is the variance of either.
    np.testing.assert_allclose(system.coefficients, expected, atol=0.06)


@pytest.mark.parametrize("order", [(3, 0, 1), (1, 0, 3), (1, 1, 1)])
@pytest.mark.parametrize("masked", [False, True])
def test_equals_the_library_at_each_origin(order, masked):
    windows = make_windows(masked)
    if masked:
        windows.mask[100:112] = False  # windows without a reading
    system = ARIMA(order).fit(windows)
    indices = [0, 50, 99, 100, 300]
    forecast = system.predict(windows, indices)
    for node in range(2):
        z, mean, std = standard(windows, node)
        results = reference_fit(z, order)
        coefficients = system.coefficients[node]
        np.testing.assert_allclose(coefficients, results.params, atol=1e-4)
        # Rounding moves where the search ends: from here on ours.
        results = results.model.filter(coefficients)
        for b, index in enumerate(indices):
            history = z[index : index + HISTORY]
            with np.errstate(invalid="ignore"):  # a scale of no reading
                applied = results.apply(history).forecast(HORIZON)
            expected = mean + std * applied
            np.testing.assert_allclose(
                forecast[b, :, node, 0], expected, rtol=2e-6
            )
            if masked and index == 100:
                assert np.isnan(history).all()
                np.testing.assert_allclose(expected, mean)


def test_what_is_under_the_mask_does_not_matter():
    windows = make_windows(masked=True)
    system = ARIMA((2, 0, 0)).fit(windows)
    forecast = system.predict(windows)
    windows.values[~windows.mask] = 1e4
    again = ARIMA((2, 0, 0)).fit(windows)
    np.testing.assert_array_equal(system.coefficients, again.coefficients)
    np.testing.assert_array_equal(forecast, again.predict(windows))


@pytest.mark.parametrize("timed", [False, True])
@pytest.mark.parametrize(("hours", "filled"), [(7, 7), (60, 24)])
def test_time_left_out_is_missing_for_a_day_at_most(timed, hours, filled):
    # 200 hours, a gap, 200 hours: in the clock, or in the rows covered.
    windows = make_windows()
    if timed:
        clock = np.arange(400) + hours * (np.arange(400) >= 200)
        clock = np.datetime64("2024-03-01T00:00:00") + clock * np.timedelta64(
            3600, "s"
        )
        windows = make_windows(timestamps=clock)
        readings = windows.values
    else:
        values = np.insert(windows.values, [200] * hours, 0.0, axis=0)
        within = np.arange(200 - HISTORY - HORIZON + 1)
        starts = np.concatenate([within, within + 200 + hours])
        readings = windows.values
        windows = Windows(
            values, None, starts, HISTORY, HORIZON, steps_per_day=24
        )
    system = ARIMA((2, 0, 0)).fit(windows)
    for node in range(2):
        z = readings[:, node].astype(float)
        z = (z - z.mean()) / z.std()
        apart = np.insert(z, [200] * filled, np.nan)
        np.testing.assert_allclose(
            system.coefficients[node],
            reference_fit(apart, (2, 0, 0)).params,
            rtol=1e-6,
        )
        together = reference_fit(z, (2, 0, 0)).params
        assert (np.abs(system.coefficients[node] - together) > 1e-4).any()


def test_nodes_with_nothing_to_fit_take_a_mean():
    windows = make_windows(masked=True)
    windows.mask[:, 0] = np.arange(400) < 19  # two coefficients need 20
    few = windows.values[:19, 0].astype(float).mean()
    forecast = ARIMA((1, 0, 1)).fit(windows).predict(windows)
    np.testing.assert_allclose(forecast[:, :, 0], few, rtol=1e-6)
    windows.mask[19, 0] = True
    forecast = ARIMA((1, 0, 1)).fit(windows).predict(windows)
    assert np.ptp(forecast[:, :, 0]) > 0.1
    windows.mask[:, 0] = False
    windows.values[:, 0] = 500  # must not be seen
    mean = windows.values[windows.mask].astype(float).mean()
    forecast = ARIMA((1, 0, 1)).fit(windows).predict(windows)
    np.testing.assert_allclose(forecast[:, :, 0], mean, rtol=1e-6)
    windows.mask[:, 0] = True
    windows.values[:, 0] = 30.1
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # no fit is tried, so none breaks down
        forecast = ARIMA().fit(windows).predict(windows)
    np.testing.assert_allclose(forecast[:, :, 0], 30.1, rtol=1e-6)
    assert np.ptp(forecast[:, :, 1]) > 1


def test_fits_cut_short_are_counted(monkeypatch):
    class OneRound(library):
        def fit(self, **options):
            return super().fit(**options | {"method_kwargs": {"maxiter": 1}})

    monkeypatch.setattr(
        arima, "_library", lambda: (OneRound, threadpool_limits)
    )
    with pytest.warns(RuntimeWarning, match=r"fit of nodes \[0, 1\] stopped"):
        ARIMA().fit(make_windows())


def test_a_node_whose_fit_breaks_down_takes_its_mean(monkeypatch):
    windows = make_windows()
    expected = ARIMA().fit(windows).predict(windows)
    broken, mean, _ = standard(windows, 1)

    # As some series without noise do, depending on the last bits.
    class Breaking(library):
        def fit(self, **options):
            if np.allclose(np.ravel(self.endog), broken):
                raise np.linalg.LinAlgError
            return super().fit(**options)

    monkeypatch.setattr(
        arima, "_library", lambda: (Breaking, threadpool_limits)
    )
    with pytest.warns(RuntimeWarning, match=r"nodes \[1\] broke down"):
        forecast = ARIMA().fit(windows).predict(windows)
    np.testing.assert_allclose(forecast[:, :, 1], mean, rtol=1e-6)
    np.testing.assert_allclose(forecast[:, :, 0], expected[:, :, 0])


def test_messages(monkeypatch):
    for order in (3, (3, 0), (3, 0, -1), (1.5, 0, 1), "301"):
        with pytest.raises(ValueError, match="three whole numbers"):
            ARIMA(order)
    with pytest.raises(ValueError, match="no coefficient to fit"):
        ARIMA((0, 1, 0))
    windows = make_windows()
    with pytest.raises(ValueError, match="ARIMA is not fitted"):
        ARIMA().predict(windows)
    with pytest.raises(ValueError, match="received list"):
        ARIMA().fit([])
    system = ARIMA((1, 0, 0)).fit(windows)
    with pytest.raises(ValueError, match="num_nodes 1; this .* fitted on 2"):
        system.predict(make_windows(nodes=1))
    monkeypatch.setitem(sys.modules, "statsmodels.tsa.arima", None)
    with pytest.raises(ImportError, match=r'"\.\[classical\]"'):
        ARIMA().fit(windows)
