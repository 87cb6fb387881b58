"""The sequence-to-sequence decoder with scheduled sampling."""

import keras
from keras import ops

from keras_stunet.models.u_shape import run_u


class ScheduledDecoder(keras.layers.Layer):
    """Unrolls a U over the horizon, each step fed with the one before.

    The first input is zero (the training mean, DCRNN's GO symbol), the first
    states are the encoder's. Free-running, the next input is the forecast.
    With `targets`, step i of training feeds the truth with probability

        k / (k + exp(i / k))                 (inverse sigmoid, Bengio 2015)

    drawn once a decoding step for the whole batch, as in DCRNN. i counts the
    calls with targets and is saved with the weights.

    Args:
        u: The `UShape` of the decoder.
        head: Layer from features `(B, 1, N, U)` to `(B, 1, N, 1)`.
        horizon: Number of steps to forecast.
        sampling_decay: k above; 0 means that truth is never fed.
        seed: Seed of the draws.

    Call arguments:
        states: The encoder's states, as `run_u` returns them.
        targets: `None`, or the truth `(B, horizon, N, 1)` in standard units.

    Returns:
        `(B, horizon, N, 1)` in standard units, float32.
    """

    def __init__(self, u, head, horizon, sampling_decay, seed=None, **kwargs):
        super().__init__(autocast=False, **kwargs)
        self.u = u
        self.u_layers = u.all_layers
        self.head = head
        self.horizon = horizon
        self.sampling_decay = sampling_decay
        self.seed_generator = keras.random.SeedGenerator(seed)
        self.sampling_step = self.add_weight(
            shape=(),
            initializer="zeros",
            dtype="float32",
            trainable=False,
            autocast=False,
            name="sampling_step",
        )

    def build(self, states_shape, targets_shape=None):
        # One symbolic step builds every layer; 12 would build them no more.
        states = [keras.KerasTensor(shape) for shape in states_shape]
        batch, _, nodes, _ = states_shape[0]
        x = keras.KerasTensor((batch, 1, nodes, 1))
        features, _ = run_u(self.u, x, states)
        self.head(self.u.last_norm(features))

    def call(self, states, targets=None):
        batch, nodes = ops.shape(states[0])[0], states[0].shape[2]
        x = ops.zeros((batch, 1, nodes, 1), dtype="float32")  # GO
        if targets is not None:
            truth_is_fed = self._draw()
        forecasts = []
        for t in range(self.horizon):
            features, states = run_u(self.u, x, states)
            y = self.head(self.u.last_norm(features))  # (B, 1, N, 1)
            forecasts.append(y)
            x = y
            if targets is not None:
                x = ops.where(truth_is_fed[t], targets[:, t : t + 1], y)
        return ops.concatenate(forecasts, axis=1)  # (B, horizon, N, 1)

    def _draw(self):
        # (horizon,) booleans, and one step further along the schedule
        draws = keras.random.uniform((self.horizon,), seed=self.seed_generator)
        k = self.sampling_decay
        step = ops.convert_to_tensor(self.sampling_step)
        probability = k / (k + ops.exp(step / k)) if k else 0.0
        self.sampling_step.assign_add(1.0)
        return draws < probability

    def get_config(self):
        raise NotImplementedError(
            "The decoder cannot be copied on its own. Copy the whole model: "
            "`STUNet.from_config(model.get_config())`, then `set_weights`."
        )

    def compute_output_spec(self, states, targets=None):
        batch, _, nodes, _ = states[0].shape
        shape = (batch, self.horizon, nodes, 1)
        return keras.KerasTensor(shape, dtype="float32")
