"""Who wants to drive where and when, and what goes wrong."""

from typing import NamedTuple

import numpy as np

STEPS_PER_DAY = 288
# Vehicles an hour and lane that want to enter, by kind of origin: at night,
# and added at the height of the morning and of the evening.
LINK_ENDS = (150.0, 1600.0, 1600.0)
RAMPS = (50.0, 520.0, 520.0)
# The morning belongs to traffic towards E and S, the evening to that back.
EASTBOUND = ("WM", "NM", "MD", "DE", "DS")
WITH_PEAK, AGAINST_PEAK = 1.0, 0.55
MORNING, EVENING = (7.8, 1.2), (17.2, 1.5)  # hour, and spread in hours
MIDDAY = (12.5, 3.2, 0.42)  # the same, and its height
# Monday to Friday: factor on the morning, on the evening, shift of the
# evening in hours.
WEEKDAYS = (
    (0.97, 0.94, 0.0),
    (1.03, 1.0, 0.0),
    (1.03, 1.01, 0.0),
    (1.02, 1.04, 0.0),
    (0.92, 1.08, -0.8),
)
DAY_SPREAD = 0.07  # of a day's demand, relative
FLUCTUATION = 0.06  # of an origin's demand within a day, relative
MEMORY = 0.85  # of the fluctuation, from one five minutes to the next
WET_DAYS = 0.15  # share
WET = (0.97, 0.92)  # factor on free speed and on capacity
# Capacity where roads merge is below 1 by this much, relative: at the
# interchanges and at ramps. Traffic leaves a queue in waves, which travel
# upstream through it.
UNEVEN = (0.35, 0.1)
UNEVEN_MEMORY = 0.7
INCIDENTS = 8.0  # a day, in the whole network
BLOCKED = (0.25, 0.7)  # factor on capacity, least and most
LASTING = (25.0, 90.0)  # minutes


class Conditions(NamedTuple):
    """What the days of a simulation are like, each for itself.

    Attributes:
        demand: `(days, 288, O)` vehicles an hour that want to enter.
        capacity: `(days, 288, C)` factor on the capacity of each cell.
        speed: `(days,)` factor on the free speed.
    """

    demand: np.ndarray
    capacity: np.ndarray
    speed: np.ndarray


def make_conditions(network, weekdays, seed):
    """Draw demand, incidents and weather.

    A day depends on the seed and on its own number alone, so that a longer
    simulation begins with the days of a shorter one.

    Args:
        network: A `Network`.
        weekdays: `(days,)` 0 for Monday to 4 for Friday.
        seed: Non-negative integer.

    Returns:
        `Conditions`.
    """
    days = []
    for day, weekday in enumerate(weekdays):
        rng = np.random.default_rng([seed, day])
        wet = rng.random() < WET_DAYS
        speed, capacity = WET if wet else (1.0, 1.0)
        days.append(
            (
                _demand(network, weekday, rng),
                _incidents(network.layout.num_cells, rng)
                * _merging(network.layout, rng)
                * capacity,
                speed,
            )
        )
    return Conditions(*(np.stack(part) for part in zip(*days, strict=True)))


def _demand(network, weekday, rng):
    hour = (np.arange(STEPS_PER_DAY) + 0.5) * 24 / STEPS_PER_DAY
    morning, evening, shift = WEEKDAYS[weekday]
    bell = _bell(hour, *MORNING) * morning  # (288,)
    late = _bell(hour, EVENING[0] + shift, EVENING[1]) * evening
    noon = _bell(hour, *MIDDAY[:2]) * MIDDAY[2]
    east = np.isin(network.entrances, EASTBOUND)  # (O,)
    to_work = np.where(east, WITH_PEAK, AGAINST_PEAK)
    back = np.where(east, AGAINST_PEAK, WITH_PEAK)
    base, first, second = np.where(
        network.ramps, np.array(RAMPS)[:, None], np.array(LINK_ENDS)[:, None]
    )  # (O,) each
    wish = base + np.maximum(
        np.maximum(
            bell[:, None] * to_work * first, late[:, None] * back * second
        ),
        noon[:, None] * (first + second) / 2,
    )  # (288, O)
    lanes = network.layout.entry_lanes
    day = np.exp(DAY_SPREAD * rng.standard_normal())
    drift = _drift(len(lanes), MEMORY, rng)
    return wish * lanes * day * np.exp(FLUCTUATION * drift)


def _merging(layout, rng):
    factor = np.ones((STEPS_PER_DAY, layout.num_cells))
    _, branch, cells = layout.merges.T
    uneven = np.where(branch < layout.num_cells, *UNEVEN)
    drift = _drift(len(cells), UNEVEN_MEMORY, rng)
    factor[:, cells] = np.exp(-uneven * np.abs(drift))
    return factor


def _drift(count, memory, rng):
    """`(288, count)` of standard normal numbers, each like the one before."""
    drift = rng.standard_normal((STEPS_PER_DAY, count))
    for t in range(1, STEPS_PER_DAY):
        drift[t] *= np.sqrt(1 - memory**2)
        drift[t] += memory * drift[t - 1]
    return drift


def _incidents(num_cells, rng):
    factor = np.ones((STEPS_PER_DAY, num_cells))
    minutes = 24 * 60 / STEPS_PER_DAY
    for _ in range(rng.poisson(INCIDENTS)):
        # In the day time, when most of the driving is done.
        start = int(rng.uniform(5.5, 21.0) * 60 / minutes)
        length = max(1, int(rng.uniform(*LASTING) / minutes))
        cell = rng.integers(num_cells)
        blocked = rng.uniform(*BLOCKED)
        factor[start : start + length, cell] = blocked
    return factor


def _bell(hour, centre, spread):
    return np.exp(-0.5 * ((hour - centre) / spread) ** 2)
