"""Encoder and decoder of stacked recurrent cells: what three models share."""

from keras import ops

from keras_stunet.layers import DilatedRNN
from keras_stunet.models.decoder import ScheduledDecoder
from keras_stunet.models.decoder import history_and_future
from keras_stunet.models.scaler import by_step
from keras_stunet.models.scaler import make_scaler


def build_recurrent(
    model, config, policy, cell, readout, num_nodes, flat=False
):
    """Make a model of two stacks of recurrent cells, or of one.

        x (B, history, N, F)                forecast (B, horizon, N, D_out)
          | normalise                                ^ de-normalise
          v                                          | read-out
        encoder: layers of cells ----- states ---> decoder: likewise

    With `head="direct"` there is no decoder, and the read-out of the
    encoder's last step gives all steps.

    Args:
        model: Subclass of `Forecaster`.
        config: The arguments of the builder, as `check_options` returns them,
            with the `graph_size` of the model.
        policy: Dtype policy of the stacks.
        cell: Function without arguments to a new cell.
        readout: Layer on the features of the top cell: to `(B, 1, N, D_out)`,
            or with the direct head to `(B, N, horizon D_out)`.
        num_nodes: Number of nodes N.
        flat: Whether the cells take one vector `(B, N F)` in place of
            `(B, N, F)`, and the read-out gives one of N D_out, or horizon
            times as many.

    Returns:
        A `model`.
    """
    direct = config["head"] == "direct"
    horizon = config["horizon"]
    steps = horizon if direct else 1
    scaler = make_scaler(config, num_nodes)

    def stack(side, last_only=False):
        count = config["layers"]
        return [
            DilatedRNN(
                cell(),
                return_sequences=not last_only or number < count,
                return_state=True,
                dtype=policy,
                name=f"{side}_{number}",
            )
            for number in range(1, count + 1)
        ]

    def run(layers, x, states=None):
        if flat:
            x = ops.reshape(x, (-1, x.shape[1], num_nodes * x.shape[3]))
        return _run_stack(layers, x, states)

    def read(latest):
        y = readout(latest)
        if flat:
            return ops.reshape(y, (-1, steps, num_nodes, scaler.outputs))
        return by_step(y, horizon) if direct else y  # (B, steps, N, D_out)

    encoder, decoder = stack("encoder", last_only=direct), None
    if not direct:
        layers = stack("decoder")
        decoder = ScheduledDecoder(
            lambda x, states: run(layers, x, states),
            [*layers, readout],
            read,
            num_nodes,
            horizon,
            config["sampling_decay"],
            config["seed"],
            scaler.outputs,
            config["future"],
            dtype=policy,
            name="decoder",
        )

    def forecast(inputs, y=None):
        x, future = inputs if config["future"] else (inputs, None)
        latest, states = run(encoder, scaler.normalise(x))
        if decoder is None:
            out = read(latest)
        elif y is None:
            out = decoder(states, future=future)
        else:
            out = decoder(states, targets=scaler.targets(y), future=future)
        return scaler.to_units(out)  # (B, horizon, N, outputs)

    inputs = history_and_future(config, num_nodes)
    return model(inputs, forecast, config, decoder)


def _run_stack(layers, x, states):
    # Features of the top layer, and the states of all layers in one list.
    last = []
    for layer in layers:
        old = None
        if states is not None:
            size = layer.cell.state_size
            count = len(size) if isinstance(size, list) else 1
            old = states[len(last) : len(last) + count]
        x, *new = layer(x, initial_state=old)
        last += new
    return x, last
