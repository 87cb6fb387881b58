"""The interval that times keep, and where its steps begin."""

import numpy as np

from keras_stunet.messages import counted
from keras_stunet.steps import describe_step

SECOND = 1_000_000  # times are counted in microseconds here
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR

_PARTS_OF_A_DAY = (
    np.array([s for s in range(1, 86_401) if 86_400 % s == 0], "int64") * SECOND
)
# An interval is as good as one of these, or a whole minute, so near to it.
_NEAR = 0.05
# So many rows in a row at another interval, and so large a part of the rows
# or of the time, are a second rate and no accident.
_RUN = 12
_SHARE = 0.1


def find_interval(times, source):
    """The most common interval between times.

    Where it is not that of half of the rows, as with times some seconds off,
    the nearest part of a day or whole minute is taken, if one is within 5
    percent.

    Args:
        times: `(steps,)` int64 microseconds, strictly increasing.
        source: Where the times come from, for messages.

    Returns:
        The interval in microseconds; 0 for a single time.

    Raises:
        ValueError: If it is no whole number of seconds.

    Example:
    >>> find_interval(np.array([0, 300, 600, 1200]) * SECOND, "a") // SECOND
    300
    """
    steps = np.diff(times)
    if not len(steps):
        return 0
    found, counts = np.unique(steps, return_counts=True)
    interval = int(found[counts.argmax()])
    if 2 * counts.max() < len(steps):
        near = steps[abs(steps - interval) <= interval / 4]
        middle = int(np.median(near))
        likely = np.append(_PARTS_OF_A_DAY, round(middle / MINUTE) * MINUTE)
        nearest = int(likely[abs(likely - middle).argmin()])
        if nearest and abs(nearest - middle) <= _NEAR * nearest:
            interval = nearest
    if interval % SECOND:
        raise ValueError(
            f"{source}: most rows are {interval / SECOND:g} s apart; expected "
            "a whole number of seconds, 1 or more. Average the readings over "
            "longer steps first."
        )
    return interval


def find_phase(times, interval):
    """When steps begin, in microseconds after a multiple of the interval.

    Example:
    >>> find_phase(np.array([301, 598, 902]) * SECOND, 300 * SECOND)
    0
    """
    rest = times % interval
    found, counts = np.unique(rest, return_counts=True)
    if 2 * counts.max() >= len(times):
        return int(found[counts.argmax()]) // SECOND * SECOND
    if (np.minimum(rest, interval - rest) <= interval / 4).all():
        return 0
    turn = np.exp(2j * np.pi * rest / interval).mean()
    mean = np.angle(turn) / (2 * np.pi) * interval
    return int(np.round(mean / SECOND)) * SECOND % interval


def check_one_rate(times, interval, source):
    """Raises if a long part of the times keeps another interval.

    That is 12 or more steps in a row, which with all others of their length
    make up a tenth of the steps or of the time.

    Args:
        times: `(steps,)` int64 microseconds, strictly increasing.
        interval: The most common interval.
        source: Where the times come from, for messages.

    Raises:
        ValueError: If so; says both intervals and where they change.
    """
    steps = np.diff(times)
    kind = np.rint(steps * 4 / interval).astype("int64")  # in quarters
    starts = np.flatnonzero(np.diff(kind, prepend=kind[0] - 1))
    length = np.diff(starts, append=len(kind))
    long = (length >= _RUN) & (kind[starts] != 4)
    for other in np.unique(kind[starts][long]):
        runs = long & (kind[starts] == other)
        rows = length[runs].sum()
        first = starts[runs][0]
        apart = int(np.median(steps[first : first + _RUN]))
        time = rows * apart / (times[-1] - times[0])
        if max(rows / len(steps), time) >= _SHARE:
            raise ValueError(
                f"{source}: most rows are {say_interval(interval)} apart, but "
                f"{counted(int(rows), 'row')} are {say_interval(apart)} apart, "
                f"from {say(times[first])} on. Expected one rate: average all "
                "readings over the longer step, or cut the file there."
            )


def say(time):
    """A time for a message.

    Example:
    >>> say(90 * SECOND)
    '1970-01-01 00:01:30'
    """
    text = str(np.int64(time).astype("datetime64[us]")).replace("T", " ")
    return text.removesuffix(".000000").removesuffix(":00")


def say_interval(interval):
    """An interval for a message.

    Example:
    >>> say_interval(300 * SECOND), say_interval(90 * SECOND)
    ('5 min', '90 s')
    """
    return describe_step(interval / MINUTE)
