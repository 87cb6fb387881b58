"""A training recipe, as data and as a compiled model."""

import dataclasses
import math
import numbers

import keras
from scipy.special import lambertw

from keras_stunet.checks import PRECISIONS
from keras_stunet.checks import check_choice
from keras_stunet.checks import check_count
from keras_stunet.losses import MeanBCE
from keras_stunet.losses import MeanL1
from keras_stunet.losses import MeanL1L2
from keras_stunet.losses import MeanL2
from keras_stunet.losses import MeanPinball
from keras_stunet.metrics import MaskedMAE

PINBALL = "pinball"
LOSSES = {
    "l1_l2": MeanL1L2,
    "l2": MeanL2,
    "l1": MeanL1,
    "mae": lambda std: MeanL1(),  # in original units
    "bce": lambda std: MeanBCE(),  # pixels are not in standard units
    PINBALL: MeanPinball,  # takes the quantiles first
}

OPTIMIZERS = {
    "adam": keras.optimizers.Adam,
    "rmsprop": keras.optimizers.RMSprop,
}

# After every 8 of the paper's 80 epochs; sooner in a shorter training, which
# would else never decay.
EACH_TENTH = tuple(tenth / 10 for tenth in range(1, 10))

# Options that earlier versions had, at the value at which they did nothing.
GONE = {"warm_up": 0.0}


@dataclasses.dataclass(frozen=True)
class Recipe:
    """How a model is trained; the defaults are those of ST-UNet, section 4.2.

    Attributes:
        epochs: Passes over the training windows.
        batch_size: Windows a step.
        optimizer: `"adam"` or `"rmsprop"`.
        learning_rate: Of the optimizer, at the start.
        decay: Factor on the learning rate at each of `decay_at`.
        decay_at: Shares of the training, rising between 0 and 1.
        loss: `"l1_l2"`, the mean of L1 and L2 (Table 1), `"l2"` (Table 2) or
            `"l1"`, on errors in standard units; `"mae"`, L1 in original
            units (DCRNN); `"bce"`, the binary cross-entropy, for pixels;
            `"pinball"`, of a model that forecasts quantiles and of no other.
        clipnorm: Gradient clipping: the largest global norm of the gradient,
            `inf` for none. Ours: a graph recurrence is known to explode at
            this learning rate.
        epsilon: Of the optimizer; by default Keras' own for Adam.
        precision: Dtype policy of the model. Under `"mixed_float16"` the
            loss is scaled, so that small gradients are not lost.
        seed: Seeds the weights, the order of windows and the sampling.
        sampling_half: Share of the training after which scheduled sampling
            has teacher forcing half of the time (`sampling_decay`). Ours: the
            paper says that it samples, not how fast.
        patience: Epochs without a better error on validation after which the
            training ends (early stopping); by default it never ends before
            its `epochs`, over which the learning rate falls.
        ema_momentum: Of the exponential moving average of the weights
            (Polyak and Juditsky 1992), a <- m a + (1 - m) w after each step:
            validation sees it, and the model that is kept has it. 0 for none.
            In a training of n steps m is `1 - 3 / n` at most, so that little
            is left of the first weights (`compile_model`).
    """

    epochs: int = 80
    batch_size: int = 50
    optimizer: str = "adam"
    learning_rate: float = 1e-2
    decay: float = 0.7
    decay_at: tuple[float, ...] = EACH_TENTH
    loss: str = "l1_l2"
    clipnorm: float = 5.0
    epsilon: float = 1e-7
    precision: str = "float32"
    seed: int = 0
    sampling_half: float = 0.3
    patience: int | None = None
    ema_momentum: float = 0.0

    def __post_init__(self):
        check_count("epochs", self.epochs, 1)
        check_count("batch_size", self.batch_size, 1)
        check_count("seed", self.seed, 0)
        if self.patience is not None:
            check_count("patience", self.patience, 1)
        check_choice("optimizer", self.optimizer, tuple(OPTIMIZERS))
        check_choice("loss", self.loss, tuple(LOSSES))
        check_choice("precision", self.precision, PRECISIONS)
        positive = ("learning_rate", "decay", "clipnorm", "epsilon")
        for name in (*positive, "sampling_half"):
            value = getattr(self, name)
            finite = name == "clipnorm" or value != math.inf
            if not (isinstance(value, numbers.Real) and value > 0 and finite):
                raise ValueError(
                    f"`{name}` is {value!r}; expected a number above 0."
                )
        momentum = self.ema_momentum
        if not (isinstance(momentum, numbers.Real) and 0 <= momentum < 1):
            raise ValueError(
                f"`ema_momentum` is {momentum!r}; expected a number from 0, "
                "for no moving average of the weights, to below 1, as 0.999."
            )
        shares = self.decay_at
        shares = tuple(shares) if isinstance(shares, (list, tuple)) else None
        if (
            shares is None
            or not all(isinstance(share, numbers.Real) for share in shares)
            or list(shares) != sorted(set(shares))
            or not all(0 < share < 1 for share in shares)
        ):
            raise ValueError(
                f"`decay_at` is {self.decay_at!r}; expected rising shares of "
                "the training, each above 0 and below 1."
            )
        object.__setattr__(self, "decay_at", shares)  # a list, from JSON

    @property
    def monitor(self):
        """What the best epoch has least of, by its name in the history.

        Not the MAE for pixels: of a blurred or a doubtful digit it is least
        for a black frame.
        """
        return "val_loss" if self.loss == "bce" else "val_mae"

    def is_over(self, history, best):
        """Whether a training ends, before or after its last epoch.

        Args:
            history: List with an entry for each epoch that is done.
            best: Dict whose `"epoch"` is the best of them, from 1.
        """
        done = len(history)
        if self.patience is None or not done:
            return done >= self.epochs
        return done >= min(self.epochs, best["epoch"] + self.patience)

    def steps_per_epoch(self, num_windows):
        """Batches in a pass over the training windows."""
        return -(-num_windows // self.batch_size)


def losses_of_readings():
    """Names of the losses that are not for pixels, those of one's own too."""
    return tuple(loss for loss in LOSSES if loss != "bce")


def without_gone(options):
    """Options of an earlier version, less those that did nothing then.

    One that did something stays, for the reader to refuse it by its name.

    Example:
    >>> without_gone({"epochs": 3, "warm_up": 0.0})
    {'epochs': 3}
    """
    return {
        name: value
        for name, value in options.items()
        if name not in GONE or value != GONE[name]
    }


def sampling_decay(total_steps, half=Recipe.sampling_half):
    """The k of scheduled sampling that halves teacher forcing by then.

    The probability `k / (k + exp(i / k))` is one half at `i = k ln k`, so
    `k ln k = half * total_steps = a`, that is `k = a / W(a)` with Lambert's W.
    For the paper's 80 epochs on PeMSD7(M), 14,480 steps, k = 668.

    Args:
        total_steps: Batches of the whole training.
        half: Share of them after which teacher forcing has become that rare.

    >>> round(sampling_decay(14_480))
    668
    """
    share = half * total_steps
    return float(share / lambertw(share).real)


def check_loss(recipe, num_targets, quantiles=None):
    """Raise for a loss that does not fit what is forecast.

    Raises:
        ValueError: If it is in original units, over targets of different
            ones, or is not the pinball loss where quantiles are forecast, or
            is where none are.
    """
    if (recipe.loss == PINBALL) != (quantiles is not None):
        expected = "one of another name"
        if quantiles is not None:
            expected = f"{PINBALL!r}, the default there"
        raise ValueError(
            f"`loss` is {recipe.loss!r} and `quantiles` {quantiles}; expected "
            f"{expected}. Leave `loss` out."
        )
    if recipe.loss == "mae" and num_targets > 1:
        raise ValueError(
            '`loss` is "mae", in original units, which differ between '
            f'{num_targets} targets; expected one in standard units, as "l1". '
            "Or forecast one target."
        )


def compile_model(model, recipe, steps_per_epoch, std, devices=None):
    """Compile a forecasting model after a recipe.

    The learning rate is `learning_rate * decay^j` after the j-th of
    `decay_at`; MAE is watched, weighted by the mask: of one target in original
    units, of several, whose units differ, in standard ones.

    Args:
        model: Model from `(B, history, N, F)` to `(B, horizon, N, D_out)`, in
            original units; one with `quantiles` is watched by the median.
        recipe: A `Recipe`.
        steps_per_epoch: Training batches an epoch.
        std: Standard deviation of the training readings of the targets, the
            unit of the loss: `Splits.target_std`.
        devices: What `open_devices` found, by default one device.

    Raises:
        ValueError: As `check_loss`.
    """
    quantiles = getattr(model, "quantiles", None)
    num_targets = model.output_shape[-1] // len(quantiles or [None])
    check_loss(recipe, num_targets, quantiles)
    total = recipe.epochs * steps_per_epoch
    momentum = max(0.0, min(recipe.ema_momentum, 1 - 3 / total))
    # Keras changes after the boundary, and the first step is number 0. It
    # wants one boundary at least: the end.
    falls = (*recipe.decay_at, 1.0)
    schedule = keras.optimizers.schedules.PiecewiseConstantDecay(
        [max(0, round(share * total) - 1) for share in falls],
        [recipe.learning_rate * recipe.decay**j for j in range(len(falls) + 1)],
    )
    clipnorm = recipe.clipnorm
    optimizer = OPTIMIZERS[recipe.optimizer](
        schedule,
        epsilon=recipe.epsilon,
        global_clipnorm=clipnorm if math.isfinite(clipnorm) else None,
        use_ema=recipe.ema_momentum > 0,
        ema_momentum=momentum,
    )
    of_quantiles = () if quantiles is None else (quantiles,)
    loss = LOSSES[recipe.loss](*of_quantiles, std)
    if devices is not None:
        optimizer, loss = devices.adapt(optimizer, loss)
    if recipe.precision == "mixed_float16":
        # Keras does so for models of this policy; ours end in float32.
        optimizer = keras.optimizers.LossScaleOptimizer(optimizer)
    mae = MaskedMAE(std=std) if num_targets > 1 else MaskedMAE()
    model.compile(optimizer=optimizer, loss=loss, weighted_metrics=[mae])
