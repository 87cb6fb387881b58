"""Free running, scheduled sampling, and its state."""

import keras
import numpy as np
import pytest
from keras import ops
from numpy.testing import assert_allclose

from keras_stunet.layers import spectral_gates


@pytest.fixture
def draws(monkeypatch):
    """A list that stands in for the decoder's uniform draws."""
    values = []

    def uniform(shape, **_):
        return ops.convert_to_tensor(np.resize(values, shape), "float32")

    monkeypatch.setattr(keras.random, "uniform", uniform)
    return values


@pytest.mark.parametrize(
    "fed", [(0, 0, 0), (1, 0, 0), (0, 1, 0), (1, 1, 0), (1, 1, 1)]
)
def test_targets_are_fed_step_by_step(
    make_model, readings, reference, graph, draws, fed
):
    model = make_model(sampling_decay=100.0)  # probability 0.99
    draws[:] = [0.0 if truth else 0.999 for truth in fed]
    x, y = readings()
    forecast = np.array(model((x, y)))
    expected = reference(model, graph)(x, y, fed)
    assert_allclose(forecast, expected, rtol=1e-4)


def test_a_slow_decay_is_teacher_forcing(
    make_model, readings, reference, graph
):
    model = make_model(sampling_decay=1e9)
    x, y = readings()
    expected = reference(model, graph)(x, y, (1, 1, 1))
    assert_allclose(np.array(model((x, y))), expected, rtol=1e-4)


def test_no_decay_is_free_running(make_model, readings):
    model = make_model(sampling_decay=0)
    x, y = readings()
    assert_allclose(np.array(model((x, y))), np.array(model(x)), rtol=1e-6)


@pytest.mark.parametrize("step", [0, 1, 7, 40, 4000])
def test_probability_is_the_inverse_sigmoid(make_model, readings, draws, step):
    k = 5.0
    probability = 1 / (1 + np.exp(min(step / k, 700)) / k)
    model = make_model(sampling_decay=k)
    x, y = readings()
    free = np.array(model(x))

    def forecast(draw):
        model.decoder.sampling_step.assign(step)
        draws[:] = [draw]
        return np.array(model((x, y)))

    assert_allclose(forecast(probability + 1e-3), free, rtol=1e-6)
    if probability > 1e-3:
        assert np.abs(forecast(probability - 1e-3) - free).max() > 0.1


def test_free_running_ignores_the_schedule(make_model, readings):
    model = make_model(sampling_decay=5.0)
    x, _ = readings()
    before = np.array(model(x))
    assert float(model.decoder.sampling_step) == 0
    model.decoder.sampling_step.assign(1000.0)
    assert_allclose(np.array(model(x)), before)


def test_the_last_truth_is_never_fed(make_model, readings):
    model = make_model(sampling_decay=1e9)
    x, y = readings()
    other = y.copy()
    other[:, -1] += 30
    assert_allclose(np.array(model((x, y))), np.array(model((x, other))))


def test_draws_differ_from_batch_to_batch_and_follow_the_seed(
    make_model, readings
):
    x, y = readings()

    def forecasts(seed):
        model = make_model(sampling_decay=1.0, seed=seed)  # probability 1/2
        outputs = []
        for _ in range(8):
            model.decoder.sampling_step.assign(0)
            outputs.append(np.array(model((x, y))))
        return np.array(outputs)

    first = forecasts(3)
    assert len(np.unique(first.reshape(8, -1).round(3), axis=0)) > 1
    assert_allclose(forecasts(3), first, rtol=1e-6)


def test_the_decoder_is_not_copied_on_its_own(make_model):
    with pytest.raises(NotImplementedError, match="Copy the whole model"):
        make_model().decoder.get_config()


def test_kernels_are_mixed_once_for_all_steps(
    make_model, readings, monkeypatch
):
    cells, make = [], spectral_gates.SpectralGates

    def count(cell):
        cells.append(cell)
        return make(cell)

    model = make_model(propagation="spectral")
    monkeypatch.setattr(spectral_gates, "SpectralGates", count)
    model(readings()[0])
    assert len(cells) == 6  # three of the encoder, three of the decoder
    assert len(set(map(id, cells))) == 6
