"""Quantiles of a forecast: which they are, and where among them the median.

A model with Q quantiles gives `(B, horizon, N, D_out Q)`: those of the first
target, rising, then those of the next.
"""

import numbers

MEDIAN = 0.5


def check_quantiles(quantiles):
    """Quantiles as a list of numbers.

    Args:
        quantiles: Rising numbers above 0 and below 1, the median 0.5 among
            them; or `None`.

    Returns:
        A list, or `None`.

    Raises:
        ValueError: If they are something else.

    Example:
    >>> check_quantiles((0.1, 0.5, 0.9))
    [0.1, 0.5, 0.9]
    """
    if quantiles is None:
        return None
    try:
        found = [*quantiles]
    except TypeError:  # one number
        found = [quantiles]
    real = all(isinstance(q, numbers.Real) for q in found)
    expected = (
        "expected rising numbers above 0 and below 1, such as (0.1, 0.5, 0.9)"
    )
    if not real or not all(0 < q < 1 for q in found):
        raise ValueError(f"`quantiles` is {quantiles!r}; {expected}.")
    if any(high <= low for low, high in zip(found, found[1:], strict=False)):
        raise ValueError(
            f"`quantiles` is {quantiles!r}, which does not rise; {expected}."
        )
    if MEDIAN not in found:
        raise ValueError(
            f"`quantiles` is {quantiles!r}, without the median 0.5, which is "
            f"the forecast that is scored and drawn; {expected}."
        )
    return [float(q) for q in found]


def quantile_at(forecast, quantiles, p):
    """The p-quantile of a forecast, between two of its quantiles by a line.

    Args:
        forecast: `(..., D Q)`.
        quantiles: The Q quantiles.
        p: A number; below the first quantile and above the last that one
            stands in.

    Returns:
        `(..., D)`.

    Example:
    >>> import numpy as np
    >>> quantile_at(np.array([1.0, 5.0, 7.0]), [0.1, 0.5, 0.9], 0.2).tolist()
    [2.0]
    """
    count = len(quantiles)
    p = min(max(p, quantiles[0]), quantiles[-1])
    above = next(j for j, q in enumerate(quantiles) if q >= p - 1e-9)
    high = forecast[..., above::count]
    if abs(quantiles[above] - p) <= 1e-9:
        return high
    low = forecast[..., above - 1 :: count]
    share = (p - quantiles[above - 1]) / (
        quantiles[above] - quantiles[above - 1]
    )
    return low + share * (high - low)


def median_of(forecast, quantiles):
    """The medians of a forecast, `(..., D Q)` to `(..., D)`.

    Args:
        forecast: An array or tensor.
        quantiles: The Q quantiles; with `None` the forecast stays as it is.

    Example:
    >>> import numpy as np
    >>> median_of(np.arange(6), [0.1, 0.5, 0.9]).tolist()
    [1, 4]
    """
    if quantiles is None:
        return forecast
    return forecast[..., quantiles.index(MEDIAN) :: len(quantiles)]
