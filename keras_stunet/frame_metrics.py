"""Errors of forecast frames `(B, horizon, H, W)`, pixels in [0, 1].

With true pixels `y` and forecasts `p`, for each frame:

- `MSE = sum over pixels of (y - p)^2`
- `MAE = sum over pixels of |y - p|`
- `BCE = sum over pixels of -(y log p + (1 - y) log(1 - p))`, with p kept
  1e-7 away from 0 and 1, as in the loss `MeanBCE`
- `SSIM`: structural similarity (Wang et al. 2004) as scikit-image computes it
  by default, over windows of 7 x 7 pixels and a range of 1

and of each the mean over all frames of all sequences, each frame once. MSE,
MAE and BCE are lower for the better forecast, SSIM is higher, at most 1.

Sums over the pixels of a frame, not means, are the custom for moving-MNIST:
they grow with the number of pixels, so that numbers for different sizes do
not compare. Graph convolutional recurrent networks (Seo et al. 2018) give the
cross-entropy of a whole sequence: BCE times the horizon. Frames are scored as
they were forecast: nothing is rounded or, but for BCE, clipped.

Sums are carried from batch to batch in float64. NaN in a forecast makes every
score NaN.
"""

import functools

import numpy as np

from keras_stunet.checks import check_same_shape
from keras_stunet.losses import CLIP
from keras_stunet.messages import install_hint

SCORES = ("mse", "mae", "ssim", "bce")
SMALLEST = 7  # side of a frame, that of a window of SSIM


class FrameScores:
    """Collects batches and gives the scores of all frames together.

    Raises:
        ImportError: If scikit-image is not installed.

    Example:
    >>> scores = FrameScores()
    >>> truth = np.zeros((1, 10, 8, 8))
    >>> scores.update(truth, truth + 0.5)
    >>> {name: round(value, 2) for name, value in scores.result().items()}
    {'mse': 16.0, 'mae': 32.0, 'ssim': 0.0, 'bce': 44.36}
    """

    def __init__(self):
        # Now, not after hours of training.
        self._similarity = _load_similarity()
        self._totals = dict.fromkeys(SCORES, 0.0)
        self._frames = 0

    def update(self, y_true, y_pred):
        """Add a batch.

        Args:
            y_true: True frames, `(B, horizon, H, W)`, in [0, 1].
            y_pred: Forecast frames, of the same shape.

        Raises:
            ValueError: If the shapes differ or are of anything else, a side
                is shorter than 7 pixels, or a true pixel is not in [0, 1].
        """
        y = np.asarray(y_true, np.float64)
        p = np.asarray(y_pred, np.float64)
        check_same_shape("y_true", y, "y_pred", p)
        _check_frames(y)
        error = p - y
        totals = {
            "mse": np.square(error).sum(),
            "mae": np.abs(error).sum(),
            "ssim": sum(map(self._similarity, _flat(y), _flat(p))),
            "bce": _cross_entropy(y, p).sum(),
        }
        for name, total in totals.items():
            self._totals[name] += float(total)
        self._frames += y.shape[0] * y.shape[1]

    def result(self):
        """`{"mse", "mae", "ssim", "bce"}`; NaN before the first frame."""
        frames = self._frames or float("nan")
        return {name: total / frames for name, total in self._totals.items()}


def score_frames(y_true, y_pred):
    """Scores of frames that are all in memory, see `FrameScores`."""
    scores = FrameScores()
    scores.update(y_true, y_pred)
    return scores.result()


def _cross_entropy(y, p):
    p = np.clip(p, CLIP, 1 - CLIP)  # keeps NaN
    return -(y * np.log(p) + (1 - y) * np.log1p(-p))


def _flat(frames):
    return frames.reshape(-1, *frames.shape[2:])


def _check_frames(y):
    if y.ndim != 4 or min(y.shape[2:]) < SMALLEST:
        raise ValueError(
            f"`y_true` has shape {y.shape}; expected frames (batch, horizon, "
            f"height, width) of at least {SMALLEST} x {SMALLEST} pixels."
        )
    if y.size and not (y.min() >= 0 and y.max() <= 1):
        raise ValueError(
            f"`y_true` runs from {y.min():g} to {y.max():g}; expected pixels "
            "in [0, 1]. Divide bytes by 255."
        )


def _load_similarity():
    try:
        from skimage.metrics import structural_similarity
    except ImportError as error:
        raise ImportError(
            f"Scores of frames need scikit-image. {install_hint('images')}"
        ) from error

    return functools.partial(structural_similarity, data_range=1.0)
