"""The sequence-to-sequence decoder with scheduled sampling."""

import keras
from keras import ops

from keras_stunet.layers.spectral_gates import gates_kept


class ScheduledDecoder(keras.layers.Layer):
    """Unrolls a recurrence over the horizon, each step fed with the one before.

    The first input is zero (the training mean, DCRNN's GO symbol), the first
    states are the encoder's. What is known in advance of a step goes in beside
    it. Free-running, the next input is the forecast.
    With `targets`, step i of training is fed the target (teacher
    forcing) with probability

        k / (k + exp(i / k))                 (inverse sigmoid, Bengio 2015)

    drawn once a decoding step for the whole batch, as in DCRNN. i counts the
    calls with targets and is saved with the weights.

    Args:
        run: Function from `x` `(B, 1, N, D_out + C)` and the list of states
            to the features of the step and the list of new states.
        layers: All layers that `run` and `readout` use.
        readout: Function from features to `(B, 1, N, D_out)`.
        num_nodes: Number of nodes N.
        horizon: Number of steps to forecast.
        sampling_decay: k above; 0 means no teacher forcing.
        seed: Seed of the draws.
        outputs: Number D_out of targets.
        known: Number C of features that are known in advance.

    Call arguments:
        states: The encoder's states, as `run` takes them.
        targets: `None`, or `(B, horizon, N, D_out)` readings in standard
            units.
        future: `(B, horizon, N, C)`, where C is not 0.

    Returns:
        `(B, horizon, N, D_out)` in standard units, float32.
    """

    def __init__(
        self,
        run,
        layers,
        readout,
        num_nodes,
        horizon,
        sampling_decay,
        seed=None,
        outputs=1,
        known=0,
        **kwargs,
    ):
        super().__init__(autocast=False, **kwargs)
        self.run = run
        self.layers = layers
        self.readout = readout
        self.num_nodes = num_nodes
        self.horizon = horizon
        self.sampling_decay = sampling_decay
        self.outputs = outputs
        self.known = known
        self.seed_generator = keras.random.SeedGenerator(seed)
        self.sampling_step = self.add_weight(
            shape=(),
            initializer="zeros",
            dtype="float32",
            trainable=False,
            autocast=False,
            name="sampling_step",
        )

    def build(self, states_shape, targets_shape=None, future_shape=None):
        # One symbolic step builds every layer; 12 would build them no more.
        states = [keras.KerasTensor(shape) for shape in states_shape]
        shape = self._shape(states_shape[0][0], 1)
        x = keras.KerasTensor((*shape[:-1], shape[-1] + self.known))
        features, _ = self.run(x, states)
        self.readout(features)

    def call(self, states, targets=None, future=None):
        batch = ops.shape(states[0])[0]
        x = ops.zeros(self._shape(batch, 1), dtype="float32")  # GO
        if targets is not None:
            forced = self._draw()
        forecasts = []
        with gates_kept():
            for t in range(self.horizon):
                if self.known:
                    x = ops.concatenate([x, future[:, t : t + 1]], axis=-1)
                features, states = self.run(x, states)
                y = self.readout(features)  # (B, 1, N, D_out)
                forecasts.append(y)
                x = y
                if targets is not None:
                    x = ops.where(forced[t], targets[:, t : t + 1], y)
        return ops.concatenate(forecasts, axis=1)  # (B, horizon, N, D_out)

    def _shape(self, batch, steps):
        return (batch, steps, self.num_nodes, self.outputs)

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
            "`type(model).from_config(model.get_config())`, then "
            "`set_weights`."
        )

    def compute_output_spec(self, states, targets=None, future=None):
        shape = self._shape(states[0].shape[0], self.horizon)
        return keras.KerasTensor(shape, dtype="float32")


def history_and_future(config, num_nodes):
    """The symbolic inputs of a model with a decoder.

    Args:
        config: The arguments of its builder.
        num_nodes: Number of nodes N.

    Returns:
        The history `(B, history, N, F)`; where something is known of the
        steps ahead, a list of it and of `(B, horizon, N, C)`.
    """
    history = keras.Input(
        (config["history"], num_nodes, config["features"]), name="history"
    )
    if not config["future"]:
        return history
    shape = config["horizon"], num_nodes, config["future"]
    return [history, keras.Input(shape, name="future")]
