"""Names of the features of windows, in their order."""


def feature_names(
    measurements,
    calendar=(),
    covariates=(),
    static=(),
    *,
    mask_channel=False,
    usual=False,
    future=False,
):
    """Names of the input features of a history.

    Args:
        measurements: Names of the measurements.
        calendar: Names of the calendar features.
        covariates: Names of the covariates.
        static: Names of what sensors are.
        mask_channel: Whether presence is among them.
        usual: Whether usual readings and spreads are.
        future: Whether covariates of the steps ahead are a second input, and
            not features of the history.
    """
    ahead = [] if future else [f"{name} ahead" for name in covariates]
    kinds = ["present"] * bool(mask_channel)
    kinds += ["usual", "spread"] * bool(usual)
    rest = [f"{name} {kind}" for kind in kinds for name in measurements]
    return [*measurements, *calendar, *covariates, *ahead, *static, *rest]


def future_names(measurements, calendar=(), covariates=(), *, usual=False):
    """Names of the features of the second input; arguments as above."""
    kinds = ["usual", "spread"] * bool(usual)
    rest = [f"{name} {kind}" for kind in kinds for name in measurements]
    return [*calendar, *covariates, *rest]
