"""What the inputs of ST-UNet+ hold, and the profile that it keeps."""

import numpy as np

from keras_stunet.checks import check_count
from keras_stunet.models.options import check_calendar


def sized_profile(config, profile, nodes, measurements):
    """The profile as an array, of NaN where it is loaded later; or `None`."""
    config["profile"], size = None, config["profile_size"]
    if profile is not None:
        profile = np.asarray(profile, "float32")
        size = {"kinds": len(profile), "steps_per_day": profile.shape[1]}
        config["profile_size"] = size
    elif size is not None:
        shape = size["kinds"], size["steps_per_day"], nodes, 2 * measurements
        return np.full(shape, np.nan, "float32")
    if profile is not None and profile.shape[2:] != (nodes, 2 * measurements):
        raise ValueError(
            f"`profile` has shape {profile.shape}; expected (kinds, "
            f"steps_per_day, {nodes}, {2 * measurements})."
        )
    return profile


def split_columns(config, measurements):
    """Where the features of the history are cut.

    Into readings, calendar, covariates, what sensors are, presence, and what
    is usual.
    """
    calendar = config["calendar"] = check_calendar(config["calendar"])
    widths = [measurements, len(calendar)]
    for option in ("covariates", "static"):
        widths.append(check_count(option, config[option], 0))
    usual = 2 * measurements * bool(config["profile_size"])
    presence = config["features"] - sum(widths) - usual
    if presence not in (0, measurements):
        least = sum(widths) + usual
        raise ValueError(
            f"`features` is {config['features']}; expected {least}, or "
            f"{least + measurements} with a mask channel: measurements, "
            "calendar, covariates, presence and profile, as `calendar`, "
            "`covariates`, `static`, `profile` and `mean` have them."
        )
    return np.cumsum([*widths, presence]).tolist()
