"""Vectors of sensor, time of day and weekday, against loops in NumPy."""

import numpy as np

from keras_stunet.layers import Identities


def test_each_node_and_time_has_its_own(signal, randomise):
    layer = Identities(harmonics=3)
    h = signal(4, 5, 2)
    part, weekday = np.array([0.0, 0.25, 0.5, 0.99]), np.array([0, 6, 3, 1])
    times = np.stack([part, weekday / 7], axis=-1).astype("float32")
    layer.build((h.shape, times.shape))
    randomise(layer)
    sensor, time, day = (np.array(w) for w in layer.weights)
    assert (sensor.shape, time.shape, day.shape) == ((5, 2), (6, 2), (7, 2))
    expected = h + sensor
    for b in range(4):
        for k in (1, 2, 3):
            angle = 2 * np.pi * k * part[b]
            expected[b] += np.sin(angle) * time[k - 1]
            expected[b] += np.cos(angle) * time[k + 2]
        expected[b] += day[weekday[b]]
    np.testing.assert_allclose(layer([h, times]), expected, 1e-4, 1e-5)


def test_without_times_a_node_is_all_that_is_known(signal, randomise):
    layer, h = Identities(), signal(4, 5, 2)
    layer.build(h.shape)
    randomise(layer)
    (sensor,) = layer.weights
    np.testing.assert_allclose(layer(h), h + np.array(sensor), 1e-5)
