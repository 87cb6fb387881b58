"""Losses over forecasts `(B, horizon, N, D)`: errors in standard units, pixels.

Each takes a 0/1 mask as Keras' sample weight and, with the default reduction
`"mean_with_sample_weight"`, averages over the present entries only (Keras'
own default divides by all of them). Where nothing is present the loss is 0
and so is its gradient.

Over several batches Keras reports the mean of the batch losses, weighted by
windows and not by present entries. To choose a model under a mask, watch
`keras_stunet.metrics.MaskedMAE` (given as `weighted_metrics`).
"""

import keras
import numpy as np
from keras import ops

from keras_stunet.checks import check_same_shape
from keras_stunet.quantiles import check_quantiles
from keras_stunet.quantiles import median_of

# How far probabilities are kept from 0 and 1; 1 - 1e-7 is a float32 below 1.
CLIP = 1e-7


class _MaskedLoss(keras.losses.Loss):
    """Input checks, and what becomes of the mask, for all losses."""

    def __call__(self, y_true, y_pred, sample_weight=None):
        """Reduce the loss of all entries, weighted if a mask is given.

        Args:
            y_true: targets `(B, horizon, N, D)` in original units.
            y_pred: forecasts, of the same shape and units.
            sample_weight: `None`, or a mask of the same shape, 0 where the
                target is missing. The target there may hold anything, NaN
                included; a NaN forecast gives a NaN loss wherever it stands.

        Raises:
            ValueError: if the shapes differ.
        """
        y_true = ops.convert_to_tensor(y_true, dtype=self.dtype)
        y_pred = ops.convert_to_tensor(y_pred, dtype=self.dtype)
        forecast = self._like_target(y_pred)
        check_same_shape("y_true", y_true, "y_pred", forecast)
        if sample_weight is None:
            return super().__call__(y_true, y_pred)
        sample_weight = ops.convert_to_tensor(sample_weight, dtype=self.dtype)
        check_same_shape("sample_weight", sample_weight, "y_pred", forecast)
        # 0 * NaN is NaN: a weight of 0 alone would let junk through.
        present = ops.not_equal(sample_weight, 0)
        y_true = ops.where(present, y_true, ops.zeros_like(y_true))
        loss = super().__call__(y_true, y_pred, sample_weight)
        # Keras divides by the sum of weights and calls anything / 0 zero:
        # with nothing present a NaN forecast would pass as a perfect one.
        bad = ops.any(ops.isnan(y_pred))
        return loss + ops.where(bad, float("nan"), 0.0)

    def _like_target(self, y_pred):
        # What has the shape of the targets.
        return y_pred

    def get_config(self):
        """Return the arguments of the constructor."""
        return {**super().get_config(), "dtype": self.dtype}


class _StandardisedLoss(_MaskedLoss):
    """A loss on errors divided by a standard deviation."""

    def __init__(self, std, reduction, name, dtype):
        super().__init__(name=name, reduction=reduction, dtype=dtype)
        self._given = check_std(std)
        # A number stays one; an array fits the last axes of an error.
        array = self._given.astype("float32")
        self.std = array if array.ndim else float(self._given)

    def get_config(self):
        """Return the arguments of the constructor."""
        return {**super().get_config(), "std": self._given.tolist()}


def check_std(std):
    """A standard deviation as an array, after a check.

    Raises:
        ValueError: If it is not a number above 0, or an array of such.
    """
    array = np.asarray(std, "float64")
    boolean = np.asarray(std).dtype == bool
    if boolean or not (np.isfinite(array).all() and (array > 0).all()):
        raise ValueError(
            f"`std` is {std!r}; expected a positive number, the standard "
            "deviation of the training readings (`Splits.target_std`), or one "
            "for each target."
        )
    return array


@keras.saving.register_keras_serializable(package="keras_stunet")
class MeanL1L2(_StandardisedLoss):
    """Mean of the absolute and the squared error, in standard units.

    `loss = mean over entries of (|e| + e^2) / 2`, `e = (y - y_hat) / std`.

    The training loss of Yu, Yin and Zhu (2019), "ST-UNet", with the two
    norms weighed alike: the square keeps the gradient small near the target,
    the absolute value bounds the pull of outliers from below.

    Targets and forecasts stay in original units; only the error is scaled, so
    the mean of the readings is not needed.

    Args:
        std: standard deviation of the training readings, in original units: a
            number; of several targets `(D,)`; by sensor `(N, D)`.
        reduction: as in `keras.losses.Loss`; see the module about masks.
        name: name of the loss.
        dtype: dtype of the computation, by default float32 (also under mixed
            precision).

    Example:
    >>> import numpy as np
    >>> y = np.array([1.0, 5.0]).reshape(1, 1, 2, 1)
    >>> float(MeanL1L2(std=2.0)(y, 0.0 * y, np.array([1, 0]).reshape(y.shape)))
    0.375
    """

    def __init__(
        self,
        std=1.0,
        reduction="mean_with_sample_weight",
        name="mean_l1_l2",
        dtype=None,
    ):
        super().__init__(std, reduction, name, dtype)

    def call(self, y_true, y_pred):
        """Return the loss of each entry, `(B, horizon, N, D)`."""
        error = (y_true - y_pred) / self.std
        return 0.5 * (ops.abs(error) + ops.square(error))


@keras.saving.register_keras_serializable(package="keras_stunet")
class MeanL2(_StandardisedLoss):
    """Mean squared error, in standard units.

    `loss = mean over entries of e^2`, `e = (y - y_hat) / std`.

    The loss of the ablations in Table 2 of Yu, Yin and Zhu (2019), "ST-UNet".

    Args:
        std: standard deviation of the training readings, in original units: a
            number; of several targets `(D,)`; by sensor `(N, D)`.
        reduction: as in `keras.losses.Loss`; see the module about masks.
        name: name of the loss.
        dtype: dtype of the computation, by default float32 (also under mixed
            precision).
    """

    def __init__(
        self,
        std=1.0,
        reduction="mean_with_sample_weight",
        name="mean_l2",
        dtype=None,
    ):
        super().__init__(std, reduction, name, dtype)

    def call(self, y_true, y_pred):
        """Return the loss of each entry, `(B, horizon, N, D)`."""
        return ops.square((y_true - y_pred) / self.std)


@keras.saving.register_keras_serializable(package="keras_stunet")
class MeanL1(_StandardisedLoss):
    """Mean absolute error, in standard units.

    `loss = mean over entries of |e|`, `e = (y - y_hat) / std`.

    The loss of Li et al. (2018), "DCRNN", but for the unit.

    Args:
        std: standard deviation of the training readings, in original units: a
            number; of several targets `(D,)`; by sensor `(N, D)`.
        reduction: as in `keras.losses.Loss`; see the module about masks.
        name: name of the loss.
        dtype: dtype of the computation, by default float32 (also under mixed
            precision).
    """

    def __init__(
        self,
        std=1.0,
        reduction="mean_with_sample_weight",
        name="mean_l1",
        dtype=None,
    ):
        super().__init__(std, reduction, name, dtype)

    def call(self, y_true, y_pred):
        """Return the loss of each entry, `(B, horizon, N, D)`."""
        return ops.abs((y_true - y_pred) / self.std)


@keras.saving.register_keras_serializable(package="keras_stunet")
class MeanPinball(_StandardisedLoss):
    """Mean pinball loss of quantiles, in standard units.

    `loss = mean over entries and quantiles q of max(q e, (q - 1) e)`, with
    `e = (y - y_hat_q) / std`.

    It is least for the q-quantiles of the targets (Koenker and Bassett 1978);
    that of the median alone is half of `MeanL1`.

    Args:
        quantiles: the Q quantiles that are forecast, rising numbers above 0
            and below 1, 0.5 among them.
        std: standard deviation of the training readings, in original units: a
            number; of several targets `(D,)`; by sensor `(N, D)`.
        reduction: as in `keras.losses.Loss`; see the module about masks.
        name: name of the loss.
        dtype: dtype of the computation, by default float32 (also under mixed
            precision).

    Call arguments: targets and mask `(B, horizon, N, D)`, forecasts
    `(B, horizon, N, D Q)`, the Q quantiles of each target.

    Example:
    >>> y = np.full((1, 1, 1, 1), 10.0)
    >>> forecast = np.array([8.0, 10.0, 11.0]).reshape(1, 1, 1, 3)
    >>> loss = MeanPinball((0.1, 0.5, 0.9))(y, forecast)  # (0.2 + 0 + 0.1) / 3
    >>> round(float(loss), 6)
    0.1
    """

    def __init__(
        self,
        quantiles,
        std=1.0,
        reduction="mean_with_sample_weight",
        name="mean_pinball",
        dtype=None,
    ):
        super().__init__(std, reduction, name, dtype)
        self.quantiles = check_quantiles(quantiles)

    def call(self, y_true, y_pred):
        """Return the loss of each entry, `(B, horizon, N, D)`."""
        count = len(self.quantiles)
        total = 0.0
        for j, q in enumerate(self.quantiles):
            error = (y_true - y_pred[..., j::count]) / self.std
            total += ops.maximum(q * error, (q - 1) * error)
        return total / count

    def _like_target(self, y_pred):
        count, width = len(self.quantiles), y_pred.shape[-1]
        if width is not None and width % count:
            raise ValueError(
                f"`y_pred` has {width} features; expected {count} for each "
                f"target, the quantiles {self.quantiles}. Build the model with "
                "these `quantiles`."
            )
        return median_of(y_pred, self.quantiles)

    def get_config(self):
        """Return the arguments of the constructor."""
        return {**super().get_config(), "quantiles": self.quantiles}


@keras.saving.register_keras_serializable(package="keras_stunet")
class MeanBCE(_MaskedLoss):
    """Mean binary cross-entropy of pixels in [0, 1].

    `loss = mean over entries of -(y log p + (1 - y) log(1 - p))`, with the
    forecast p a probability, kept 1e-7 away from 0 and 1.

    The loss of moving-MNIST in the line of work that Yu, Yin and Zhu (2019)
    compare with (Srivastava et al. 2015, Seo et al. 2018); their paper does
    not name its own.

    Args:
        reduction: as in `keras.losses.Loss`; see the module about masks.
        name: name of the loss.
        dtype: dtype of the computation, by default float32 (also under mixed
            precision).
    """

    def __init__(
        self, reduction="mean_with_sample_weight", name="mean_bce", dtype=None
    ):
        super().__init__(name=name, reduction=reduction, dtype=dtype)

    def call(self, y_true, y_pred):
        """Return the loss of each entry, `(B, horizon, N, D)`."""
        p = ops.clip(y_pred, CLIP, 1 - CLIP)
        return -(y_true * ops.log(p) + (1 - y_true) * ops.log(1 - p))
