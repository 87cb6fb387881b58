"""Readings of detectors on the simulated freeway."""

from typing import NamedTuple

import numpy as np

from keras_stunet.checks import check_count
from keras_stunet.datasets.freeway.demand import STEPS_PER_DAY
from keras_stunet.datasets.freeway.demand import make_conditions
from keras_stunet.datasets.freeway.network import CELL_LENGTH
from keras_stunet.datasets.freeway.network import build_network
from keras_stunet.datasets.freeway.traffic import Diagram
from keras_stunet.datasets.freeway.traffic import advance

START = np.datetime64("2024-01-01")  # a Monday
DAYS = 44
STEPS_A_READING = 20  # of 15 seconds
STEP = 24 / STEPS_PER_DAY / STEPS_A_READING  # hours
WARM_UP = 12  # readings before midnight, to fill the empty road
SLOWEST = 3.0  # mph that a detector reports
NOISE = 0.6  # mph, standard deviation of a reading
LOST = 0.01  # share of single readings
OUTAGES = 0.25  # a sensor and day
OUTAGE = 12.0  # readings, mean length


class SimulatedFreeway(NamedTuple):
    """A whole series, with N detectors.

    Attributes:
        speed: `(steps, N)` float32, mph; NaN where a reading is missing.
        timestamps: `(steps,)` datetime64[s], local time.
        distances: `(N, N)` metres by road in the direction of travel,
            infinity where there is no way.
        sensor_ids: `(N,)` names: link and mile, such as `"WM-3.1"`.
        coordinates: `(N, 2)` latitude and longitude in degrees.
    """

    speed: np.ndarray
    timestamps: np.ndarray
    distances: np.ndarray
    sensor_ids: np.ndarray
    coordinates: np.ndarray


def simulate(days=DAYS, seed=0):
    """Simulate detector readings of weekdays on a small freeway network.

    Each day is simulated for itself from an hour before its midnight, when
    the road is empty. A reading is the space-mean speed over five minutes,
    flow over density, of the cell the detector lies in, with noise.

    Args:
        days: Number of weekdays from Monday 2024-01-01, 288 steps each;
            weekends are left out.
        seed: Non-negative integer, of demand, incidents, weather and noise.
            A longer simulation begins with the days of a shorter one.

    Returns:
        `SimulatedFreeway`.

    Raises:
        ValueError: If `days` is below 1 or `seed` negative.
    """
    days = check_count("days", days, minimum=1)
    seed = check_count("seed", seed, minimum=0)
    network = build_network()
    dates = np.busday_offset(START, np.arange(days))
    weekdays = (dates - START).astype(int) % 7
    conditions = make_conditions(network, weekdays, seed)
    speed = _readings(_true_speed(network, conditions), seed)
    times = np.arange(STEPS_PER_DAY) * np.timedelta64(5, "m")
    stamps = dates.astype("datetime64[s]")[:, None] + times
    return SimulatedFreeway(
        speed=speed.reshape(-1, speed.shape[-1]),
        timestamps=stamps.ravel(),
        distances=network.distances,
        sensor_ids=network.sensor_ids,
        coordinates=network.coordinates,
    )


def _true_speed(network, conditions):
    layout, sensors = network.layout, network.sensors
    days = len(conditions.speed)
    diagram = Diagram()
    diagram = diagram._replace(
        free_speed=diagram.free_speed * conditions.speed[:, None]
    )
    origins = slice(layout.num_cells, layout.num_cells + layout.origins)
    # All days side by side.
    vehicles = np.zeros((days, layout.num_places))
    speed = np.empty((days, STEPS_PER_DAY, len(sensors)))
    for reading in range(-WARM_UP, STEPS_PER_DAY):
        slot = max(reading, 0)
        wish = conditions.demand[:, slot] * STEP  # (days, O)
        capacity = conditions.capacity[:, slot]  # (days, C)
        flow = np.zeros((days, len(sensors)))
        density = np.zeros_like(flow)
        for _ in range(STEPS_A_READING):
            density += vehicles[:, sensors]
            vehicles[:, origins] += wish
            vehicles, left = advance(
                vehicles, layout, diagram, CELL_LENGTH, STEP, capacity
            )
            flow += left[:, sensors]
        if reading >= 0:
            driven = flow * CELL_LENGTH / STEP
            speed[:, reading] = np.where(
                density > 0, driven / np.maximum(density, 1e-12), np.inf
            )
    return np.minimum(speed, diagram.free_speed[:, None])


def _readings(speed, seed):
    """What detectors report: noise, and gaps as NaN."""
    readings = np.empty(speed.shape, np.float32)
    for day, truth in enumerate(speed):
        rng = np.random.default_rng([seed, day, 1])
        noisy = truth + NOISE * rng.standard_normal(truth.shape)
        noisy = np.maximum(noisy, SLOWEST).round(1)
        noisy[rng.random(truth.shape) < LOST] = np.nan
        for sensor in np.flatnonzero(rng.random(truth.shape[1]) < OUTAGES):
            start = rng.integers(len(truth))
            length = 1 + int(rng.exponential(OUTAGE))
            noisy[start : start + length, sensor] = np.nan
        readings[day] = noisy
    return readings
