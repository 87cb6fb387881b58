"""Warnings to the user, and words for counts, lists and times."""

import sys
import warnings

BACKENDS = ("jax", "tensorflow", "torch")


def warn_user(message):
    """Warn at the line outside this package that led here.

    Args:
        message: What was found, and what was done about it.
    """
    level = 2
    frame = sys._getframe(1)
    while frame is not None and _is_ours(frame):
        frame = frame.f_back
        level += 1
    warnings.warn(message, UserWarning, stacklevel=level)


def listed(names, most=5):
    """A few names for a message, and how many there are beyond them.

    Example:
    >>> listed(["a", "b", "c"], most=2)
    'a, b and 1 more'
    """
    names = [str(name) for name in names]
    shown = ", ".join(names[:most])
    more = len(names) - most
    return f"{shown} and {more} more" if more > 0 else shown


def counted(count, noun):
    """A count with its noun, in the plural where it must be.

    Example:
    >>> counted(1, "row"), counted(12_672, "row")
    ('1 row', '12,672 rows')
    """
    return f"{count:,} {noun}" + ("" if count == 1 else "s")


def install_hint(extra):
    """How to install an extra of this package, which no registry has.

    Example:
    >>> install_hint("plot")
    'In the checkout, run `pip install ".[plot]"`.'
    """
    return f'In the checkout, run `pip install ".[{extra}]"`.'


def no_backend(error):
    """What to do where Keras finds no backend.

    Args:
        error: The `ModuleNotFoundError` of an import.

    Returns:
        A message, or `None` where something else is missing.
    """
    if (error.name or "").partition(".")[0] not in BACKENDS:
        return None
    return (
        f"Keras found no backend ({error}). In the checkout, install "
        'TensorFlow with `pip install ".[cpu]"`, or ".[tensorflow]" for GPUs; '
        'or JAX with `pip install ".[jax]"` and set KERAS_BACKEND=jax.'
    )


def with_unit(name, unit):
    """What is measured, with its unit where that is known.

    >>> with_unit("MAE", "mph"), with_unit("MAE", None)
    ('MAE (mph)', 'MAE')
    """
    return f"{name} ({unit})" if unit else name


def describe_seconds(seconds):
    """Seconds to read.

    >>> describe_seconds(42), describe_seconds(3720), describe_seconds(None)
    ('1 min', '1 h 02 min', 'unknown')
    """
    if seconds is None:
        return "unknown"
    minutes = max(1, round(seconds / 60))
    if minutes < 60:
        return f"{minutes} min"
    return f"{minutes // 60} h {minutes % 60:02d} min"


def _is_ours(frame):
    return frame.f_globals.get("__name__", "").startswith("keras_stunet.")
