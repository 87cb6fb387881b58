"""Every classical system under its name keeps one contract."""

import numpy as np
import pytest

from keras_stunet.baselines import CLASSICAL
from keras_stunet.baselines import make_classical
from keras_stunet.data import Series
from keras_stunet.data import make_windows

pytest.importorskip("sklearn")
pytest.importorskip("statsmodels")


def make_splits(scale=1.0):
    rng = np.random.default_rng(0)
    rows = 24 * 21
    times = np.datetime64("2024-03-01T00:00:00", "s")
    daily = 60 + 10 * np.sin(np.arange(rows) * 2 * np.pi / 24)
    values = daily[:, None] + np.array([0, 1.0]) + rng.normal(0, 1, (rows, 2))
    mask = rng.random((rows, 2)) < 0.9
    series = Series(
        scale * values,
        np.ones((2, 2)),
        timestamps=times + np.arange(rows) * np.timedelta64(3600, "s"),
        mask=mask,
    )
    return make_windows(series, parts=(15, 3, 3), history=6, horizon=3)


def test_the_names():
    assert list(CLASSICAL) == [
        "historical_average",
        "historical_average_weekly",
        "persistence",
        "linear_svr",
        "arima",
    ]
    assert len({system.title for system in CLASSICAL.values()}) == 5
    assert CLASSICAL["historical_average_weekly"].make().weekly
    assert not CLASSICAL["historical_average"].make().weekly


@pytest.mark.parametrize("name", CLASSICAL)
def test_contract(name):
    make = CLASSICAL[name].make
    assert make() is not make()
    splits = make_splits()
    system = make()
    assert system.fit(splits.train) is system
    forecast = system.predict(splits.test)
    _, y, present = splits.test.gather(np.arange(len(splits.test)))
    assert forecast.shape == y.shape
    assert forecast.dtype == np.float32
    np.testing.assert_allclose(
        system.predict(splits.test, [5, 2]), forecast[[5, 2]], rtol=1e-6
    )
    # Better than the mean of all, none below the mean of the noise
    # (0.80; of these few readings, 0.78).
    error = np.abs(forecast - y)[present > 0].mean()
    mean = np.abs(splits.mean - y)[present > 0].mean()
    assert 0.75 < error < mean
    # Other units give the same forecasts in those units.
    tenfold = make_splits(scale=10.0)
    tenfold = make().fit(tenfold.train).predict(tenfold.test)
    np.testing.assert_allclose(tenfold, 10 * forecast, rtol=2e-3)


def test_options_go_to_the_class_and_bad_ones_are_refused():
    assert make_classical("arima", order=[2, 0, 1]).order == (2, 0, 1)
    svr = make_classical("linear_svr", C=0.5, epsilon=0.0)
    assert (svr.C, svr.epsilon, svr.seed) == (0.5, 0.0, 0)
    assert make_classical("historical_average", weekly=True).weekly
    assert CLASSICAL["linear_svr"].options() == ["C", "epsilon"]
    with pytest.raises(ValueError, match="'ordr'; .* Did you mean 'order'"):
        make_classical("arima", ordr=[1, 0, 0])
    with pytest.raises(ValueError, match="no option 'seed'; expected some"):
        make_classical("linear_svr", seed=1)
    with pytest.raises(ValueError, match="no option 'C'; expected none"):
        make_classical("persistence", C=1.0)
    with pytest.raises(ValueError, match="`weekly` is 'no'"):
        make_classical("historical_average", weekly="no")
