"""What all layers on a graph share: the graph as weights that must be set."""

import keras
import numpy as np
from keras import ops


class GraphWeights(keras.layers.Layer):
    """Base of layers that keep a graph, or a part of one, as weights.

    The graph is data, not configuration: it is saved with the weights, and
    the config holds its sizes alone. Float weights without a graph are NaN
    and integer ones -1, never zero, and `check_graph` raises an error.

    Args:
        values: Dict of initial NumPy values by weight name, or `None` if
            they are loaded later.
    """

    def __init__(self, values, **kwargs):
        super().__init__(**kwargs)
        self._graph_values = values
        self._graph_is_set = values is not None
        self._graph_variables = []

    def add_graph_weight(self, name, shape, dtype="float32"):
        """Add one non-trainable weight that holds a part of the graph."""
        integer = dtype == "int32"
        value = (
            (-1 if integer else np.nan)
            if self._graph_values is None
            else (self._graph_values[name])
        )
        weight = self.add_weight(
            shape=shape,
            initializer=lambda shape, dtype=None: ops.convert_to_tensor(
                np.broadcast_to(value, shape), dtype=dtype
            ),
            dtype=dtype,
            trainable=False,
            autocast=False,
            name=name,
        )
        self._graph_variables.append(weight)
        if not self._graph_is_set:
            self._notice_assignment(weight)
        return weight

    def _notice_assignment(self, weight):
        # Every way to load weights (.keras, .weights.h5, `set_weights`) ends
        # in `assign`, and some go past the layer. `call` could not look: in
        # a traced function the weights have no values.
        assign = weight.assign

        def assign_and_notice(value):
            result = assign(value)
            if not self._graph_is_set:
                self._graph_is_set = all(map(_is_known, self._graph_variables))
            return result

        weight.assign = assign_and_notice

    def check_graph(self):
        """Raise a `ValueError` if the graph was never set."""
        if self._graph_variables and not self._graph_is_set:
            raise ValueError(
                f"The graph of layer {self.name!r} was never set: the layer "
                "was made from a config, which does not hold the graph. Load "
                "the weights of the saved model, or give the graph."
            )


def _is_known(weight):
    values = ops.convert_to_numpy(weight)
    integer = values.dtype.kind == "i"
    return bool((values >= 0).all() if integer else np.isfinite(values).all())


def check_one_source(graph, size, graph_name, size_name):
    """Raise unless exactly one of a graph and its sizes is given."""
    if (graph is None) == (size is None):
        raise ValueError(
            f"Give either `{graph_name}`, the graph, or `{size_name}`, the "
            "sizes of one whose weights are loaded later; got "
            f"{'neither' if graph is None else 'both'}."
        )


def check_nodes(shape, nodes, layer, what="nodes"):
    """Raise unless axis -2 of an input has the size that the graph has."""
    if len(shape) < 2:
        raise ValueError(
            f"The input of layer {layer.name!r} has shape {tuple(shape)}; "
            f"expected (..., {nodes}, features), {what} on axis -2."
        )
    if shape[-2] != nodes:
        raise ValueError(
            f"The input of layer {layer.name!r} has shape {tuple(shape)}, "
            f"so {shape[-2]} {what} (axis -2); its graph has {nodes}."
        )
