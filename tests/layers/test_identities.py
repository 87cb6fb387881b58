"""Vectors of sensor, time of day and weekday, against loops in NumPy."""

import numpy as np

from keras_stunet.layers import Identities
from keras_stunet.layers import IdentityVectors


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


def test_vectors_are_joined(signal, randomise):
    layer = IdentityVectors(3, slots=4, decay=0.5)
    h = signal(4, 5, 2)
    # The last of a slot, as float32 has it, is in that slot.
    part = np.array([0.0, 0.25, np.nextafter(np.float32(0.5), 0), 0.99])
    weekday = np.array([0, 6, 3, 1])
    times = np.stack([part, weekday / 7], axis=-1).astype("float32")
    layer.build((h.shape, times.shape))
    randomise(layer)
    sensor, time, day = (np.array(w) for w in layer.weights)
    assert (sensor.shape, time.shape, day.shape) == ((5, 3), (4, 3), (7, 3))
    found = np.array(layer([h, times]))
    for b, slot in enumerate([0, 1, 2, 3]):
        for n in range(5):
            row = [h[b, n], sensor[n], time[slot], day[weekday[b]]]
            np.testing.assert_allclose(found[b, n], np.concatenate(row), 1e-6)
    squares = sum((w**2).sum() for w in (sensor, time, day))
    np.testing.assert_allclose(sum(layer.losses), 0.25 * squares, 1e-5)
    alone = IdentityVectors(3)
    alone.build(h.shape)
    assert alone(h).shape == (4, 5, 5)
