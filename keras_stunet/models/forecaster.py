"""The `keras.Model` behind every builder: checks, `fit`, saving."""

import functools
import inspect

import keras
import numpy as np
from keras import ops

from keras_stunet.models.presets import load_preset
from keras_stunet.models.presets import save_preset
from keras_stunet.quantiles import median_of


class Forecaster(keras.Model):
    """Forecasts of all sensors from their history.

    The base of the models that the builders of this package return: a
    functional model that also

    - checks the shape of what it is given, with one error for all mistakes;
    - gives its decoder the targets in `fit` (teacher forcing with scheduled
      sampling), and never in `predict` or `evaluate`;
    - is saved by the arguments of its builder, the graph as weights.

    A subclass is registered with Keras and calls its builder in
    `from_config`.

    Args:
        inputs: Symbolic history `(B, history, N, F)`, or a list of it and of
            what is known in advance, `(B, horizon, N, C)`.
        forecast: Function from these, and the targets or `None`, to the
            forecast; also of `training`, where a layer of it does otherwise
            in training. Keras does not tell layers so on JAX, where `fit`
            goes past `__call__`.
        config: The arguments of the builder, ready for JSON.
        decoder: The `ScheduledDecoder` in it, or `None`.
        profile: `(kinds, steps_per_day, N, 2 D)` usual readings and spreads
            by time of day, for those who forecast with it later; or `None`.
            Saved as a weight.

    Attributes:
        profile: The same; NaN until weights are loaded, where the model is
            made from a config.
    """

    def __init__(self, inputs, forecast, config, decoder=None, profile=None):
        super().__init__(
            inputs=inputs, outputs=forecast(inputs), name=config["name"]
        )
        self._forecast = forecast
        self._says_training = (
            "training" in inspect.signature(forecast).parameters
        )
        self._config = config
        self.decoder = decoder
        self.profile = None
        if profile is not None:
            self.profile = self.add_weight(
                shape=profile.shape,
                initializer=lambda shape, dtype: ops.convert_to_tensor(
                    profile, dtype
                ),
                dtype="float32",
                trainable=False,
                autocast=False,
                name="profile",
            )

    @property
    def takes_targets(self):
        """Whether the forecast of a training step depends on the targets."""
        return self.decoder is not None

    @property
    def quantiles(self):
        """The quantiles that it forecasts, a list, or `None`."""
        return self._config.get("quantiles")

    @property
    def input_spec(self):
        """None: `call` makes its own check, of history and targets alike."""
        return None

    @property
    def takes_future(self):
        """Whether it has a second input, of what is known in advance."""
        return len(self.inputs) > 1

    def call(self, inputs, training=None, mask=None):
        """Forecast from history, or in training from (history, targets).

        A model that `takes_future` has it between the two.
        """
        given = inputs if isinstance(inputs, (tuple, list)) else [inputs]
        inputs, targets = given[: len(self.inputs)], given[len(self.inputs) :]
        if len(inputs) < len(self.inputs):
            self._raise_no_future()
        if len(targets) > (self.takes_targets and training is not False):
            raise ValueError(
                f"{self.name} was called with {len(given)} arrays; expected "
                f"the {' and '.join(x.name for x in self.inputs)} alone (in "
                "training a decoder also takes the targets). Join features "
                "on the last axis."
            )
        inputs = [
            self._checked(x, expected.name, expected.shape[1:])
            for x, expected in zip(inputs, self.inputs, strict=True)
        ]
        targets = targets[0] if targets else None
        if targets is not None:
            sizes = self._config["horizon"], *self.output_shape[2:]
            targets = self._checked(targets, "target", sizes)
        options = {"training": training} if self._says_training else {}
        return self._forecast(
            inputs if self.takes_future else inputs[0], targets, **options
        )

    def _raise_no_future(self):
        shape = (None, *self.inputs[1].shape[1:])
        raise ValueError(
            f"{self.name} was called with the history alone; expected with "
            f"it what is known of the steps to forecast, {shape}: the "
            "calendar, covariates and what is usual then. `make_windows(..., "
            "profile=True)` or `future=True` gives both."
        )

    def _checked(self, x, what, sizes):
        # In float32: readings are normalised before any other precision.
        x = ops.cast(ops.convert_to_tensor(x), "float32")
        try:
            shape = tuple(x.shape)
        except ValueError:  # TensorFlow, nothing known
            shape = None
        if shape is None or shape[1:] != sizes or len(shape) != 4:
            raise ValueError(
                f"The {what} given to {self.name!r} has shape {shape}; "
                f"expected {(None, *sizes)}: (batch, steps, nodes, features), "
                "sizes known but for the batch. Give arrays of that shape, or "
                "build the model for these with `history`, `horizon`, "
                "`features` and a graph of as many nodes."
            )
        return x

    @functools.wraps(keras.Model.fit)
    def fit(self, *args, **kwargs):
        """As Keras's, but no reading may be NaN; see `_check_readings`."""
        given = inspect.signature(super().fit).bind(*args, **kwargs).arguments
        _check_readings(*map(given.get, ("x", "y", "sample_weight")))
        return super().fit(*args, **kwargs)

    def compute_loss(
        self, x=None, y=None, y_pred=None, sample_weight=None, training=True
    ):
        """As Keras's, but the target must have the shape of the forecast.

        Keras' own losses would take one with several readings a sensor, and
        compare the forecast with each of them.
        """
        if y is not None:
            forecast = median_of(y_pred, self.quantiles)
            _check_target(self.name, y.shape, forecast.shape)
        return super().compute_loss(x, y, y_pred, sample_weight, training)

    def compute_metrics(self, x, y, y_pred, sample_weight=None):
        """As Keras's, of quantiles by the median."""
        forecast = median_of(y_pred, self.quantiles)
        return super().compute_metrics(x, y, forecast, sample_weight)

    def training_target(self, y, mask):
        """The part of the targets and their mask that a step is scored on."""
        return y, mask

    def train_step(self, *args):
        """One step; a decoder gets the targets as well as the history."""
        *state, data = args
        x, y, mask = keras.utils.unpack_x_y_sample_weight(data)
        if self.takes_targets and y is not None:
            targets = y
            if mask is not None and len(mask.shape) == len(y.shape):
                # A missing target may hold anything: the mean stands for it.
                mean = self.get_layer("denormalise").mean
                targets = ops.where(ops.not_equal(mask, 0), y, mean)
            x = (*x, targets) if self.takes_future else (x, targets)
        if y is not None:
            y, mask = self.training_target(y, mask)
        return super().train_step(*state, (x, y, mask))

    def make_train_function(self, force=False):
        """Make the program of a training step, the optimizer's state first.

        TensorFlow traces again a program that has made variables.
        """
        if self.optimizer is not None and not self.optimizer.built:
            self.optimizer.build(self.trainable_variables)
        return super().make_train_function(force)

    def get_config(self):
        return dict(self._config)

    @classmethod
    def from_preset(cls, preset):
        """Load a trained model.

        Args:
            preset: Name of one that comes with the package (`keras-stunet
                presets` lists them), or a folder of `save_to_preset`.

        Returns:
            The model, with its graph and scaler, not compiled.

        Raises:
            ValueError: If there is no such preset, it is damaged or of a
                later version, or its model is of another class than this.
        """
        model = load_preset(preset)
        if not isinstance(model, cls):
            raise ValueError(
                f"The preset {preset!r} is a {type(model).__name__}, and no "
                f"{cls.__name__}. Load it with "
                f"`{type(model).__name__}.from_preset`."
            )
        return model

    def save_to_preset(self, folder, metadata=None):
        """Write the model as a preset, see `keras_stunet.models.presets`.

        Args:
            folder: Where to write; it need not exist.
            metadata: What else is to be said of it, ready for JSON.

        Raises:
            ValueError: If the folder holds a preset already.
            OSError: If a file cannot be written.
        """
        save_preset(self, folder, metadata)


def _check_target(name, given, forecast):
    try:
        given, forecast = tuple(given), tuple(forecast)
    except ValueError:  # TensorFlow, nothing known
        return
    for shape in (forecast, forecast[:-1]):  # Keras adds a last axis of 1
        if len(given) == len(shape) and all(
            None in sizes or len(set(sizes)) == 1
            for sizes in zip(given[1:], shape[1:], strict=True)
        ):
            return
    raise ValueError(
        f"The target given to {name!r} has shape {given}; expected that of "
        f"the forecast, {forecast}: (batch, horizon, nodes, targets). Pick "
        "the readings that are to be forecast."
    )


def _check_readings(x, y, mask):
    """Raises for NaN in NumPy arrays, of the targets where no mask is given.

    One NaN would turn all weights to NaN. Data sets are not checked.

    Raises:
        ValueError: If there is a NaN.
    """
    inputs = x if isinstance(x, (tuple, list)) else [x]
    given = [("x", array) for array in inputs]
    for name, array in (*given, ("y", y if mask is None else None)):
        if isinstance(array, np.ndarray) and np.isnan(array).any():
            raise ValueError(
                f"`{name}` holds {int(np.isnan(array).sum())} NaN; expected "
                "readings. Put the training mean where an input is missing, "
                "and give `sample_weight=mask`, 0 where the target is; or fit "
                "on `make_batches` of a `Series` with a mask, which does both."
            )
