"""How sure a forecast is: split-conformal intervals for any model.

On windows that the model was not fitted to, the absolute errors of a horizon
step, in units of each sensor's own error `sigma_i`, are sorted. With `n` of
them the interval of level `a` around a forecast `f` is

    f +- sigma_i q,   q the ceil((n + 1) a)-th smallest of |y - f| / sigma_i

(Papadopoulos et al. 2002; Lei et al. 2018; `sigma` as in their locally
weighted form, from windows that do not enter `q`.)

A model that forecasts quantiles says itself when it is how sure. Between those
of `(1 - a) / 2` and `(1 + a) / 2`, called `l` and `h`, the interval is

    l - sigma_i q  to  h + sigma_i q,
    q the ceil((n + 1) a)-th smallest of max(l - y, y - h) / sigma_i

which may be below 0 (conformalised quantile regression, Romano, Patterson and
Candes 2019). Between two quantiles of the model `l` and `h` are interpolated,
beyond its last one that one stands in, and no bound passes the median.

Either holds a share `a` of the readings, on average over all of them, as far
as later errors are exchangeable with these: not for each sensor, hour or kind
of day by itself, and not after the data have changed. From `DAYS_BY_SENSOR`
days on a sensor with enough errors has a `q` of its own.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "bounds": ["Intervals", "check_level"],
        "calibration": ["calibrate"],
        "scores": ["interval_score", "score_intervals"],
    },
)
