"""Checks that every classical system makes of what it is given."""

from keras_stunet.data.windows import Windows
from keras_stunet.messages import install_hint


def check_windows(windows):
    """Raise a ValueError unless `windows` is a `Windows`."""
    if not isinstance(windows, Windows):
        raise ValueError(
            f"Expected `Windows`, as `make_windows` returns them in its "
            f"splits; received {type(windows).__name__}."
        )


def check_one_target(system, windows):
    """Raise a ValueError if `windows` have more than one target."""
    check_windows(windows)
    if len(windows.targets) > 1:
        raise ValueError(
            f"{type(system).__name__} forecasts one target; the windows have "
            f"{', '.join(windows.target_names)}. Give windows of one "
            "(`make_windows(series, targets=...)`), and fit a system for each."
        )


def check_fitted(system, windows, fitted_on):
    """Raise a ValueError unless `system` is fitted, on windows of that kind.

    Args:
        system: The system, to be named in messages.
        windows: `Windows` to forecast.
        fitted_on: What the system was fitted on: a dict of the attributes
            of those windows that must be the same; `None` if it is not.

    Raises:
        ValueError: If the system is not fitted, or on other windows.
    """
    check_windows(windows)
    name = type(system).__name__
    if fitted_on is None:
        raise ValueError(
            f"This {name} is not fitted. Call `fit` with the training "
            "windows first."
        )
    for attribute, expected in fitted_on.items():
        received = getattr(windows, attribute)
        if received != expected:
            raise ValueError(
                f"The windows have {attribute} {received}; this {name} was "
                f"fitted on {expected}. Fit it on the training windows of "
                "the same series and sizes."
            )


def missing_package(system, error):
    """The ImportError for a package of the extra `classical`."""
    return ImportError(
        f"{system} needs a package that cannot be imported: {error}. "
        + install_hint("classical")
    )
