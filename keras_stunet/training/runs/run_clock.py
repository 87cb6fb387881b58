"""The clock of a run's times, and times of others on it."""

import datetime

from keras_stunet.messages import warn_user

EXPECTED = (
    "Expected times on the clock of the training data, whose offset is not "
    "known: local times, without offset. After a change of clocks wait until "
    "the last rows all lie behind it."
)


def on_clock(index, utc_offset):
    """Times on the clock of the training data, without a time zone.

    Args:
        index: A `DatetimeIndex`, with a time zone or without.
        utc_offset: Hours that the clock is ahead of UTC, `None` where not
            known.

    Raises:
        ValueError: If there is a time zone and the offset is not known.
    """
    if index.tz is None:
        if utc_offset is not None:
            warn_user(
                "The times of the readings have no UTC offset; taken as "
                f"{clock_zone(utc_offset)}, the clock of the training data."
            )
        return index
    if utc_offset is None:
        raise ValueError(
            f"The readings have the time zone {index.tz}. {EXPECTED}"
        )
    return index.tz_convert(clock_zone(utc_offset)).tz_localize(None)


def on_earth(frame, utc_offset):
    """A frame whose times say how far they are ahead of UTC, if known."""
    if utc_offset is None:
        return frame
    return frame.tz_localize(clock_zone(utc_offset))


def clock_zone(utc_offset):
    """The time zone of a clock that is so many hours ahead of UTC."""
    return datetime.timezone(datetime.timedelta(hours=utc_offset))
