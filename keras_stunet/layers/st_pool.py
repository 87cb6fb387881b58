"""ST-Pool: coarser in space, dilated in time."""

import keras

from keras_stunet.layers.dilated_rnn import DilatedRNN
from keras_stunet.layers.graph_pool import GraphPool


@keras.saving.register_keras_serializable(package="keras_stunet")
class STPool(keras.layers.Layer):
    """Spatio-temporal pooling: super nodes, then a dilated recurrence.

    ST-UNet, section 3.2: features are aggregated over the non-overlapping
    groups of a graph partition (Eq. 5, 6) at each time step, and the
    recurrence on the coarse graph is dilated by s (Eq. 8). All T time steps
    are kept.

    Args:
        cell: Recurrent cell on the coarse graph, e.g. `GCGRUCell(units,
            adjacency=partition.adjacency)`.
        partition: A `keras_stunet.Partition` of the fine graph; saved as a
            weight, `None` in the config.
        s: Dilation, at least 1.
        reduce: `"mean"` or `"max"` over the members of a super node.
        return_state: Whether to return the last s states as well.
        partition_size: Sizes of a partition that is loaded later; only in
            configs.

    Call arguments:
        inputs: `(B, T, N, F)`; a single step is `T = 1`.
        initial_state: As in `DilatedRNN`: the last s states, oldest first.

    Returns:
        `(B, T, N', U)`; with `return_state` a tuple of it and the states,
        `(B, s, N', U)`.

    Raises:
        ValueError: As `GraphPool` and `DilatedRNN`.

    Example:
    >>> import numpy as np
    >>> from keras_stunet import partition
    >>> from keras_stunet.layers import GCGRUCell
    >>> path = [[0, 3, 0], [3, 0, 1], [0, 1, 0]]  # nodes 0 and 1 merge
    >>> groups = partition(path, p=1)
    >>> cell = GCGRUCell(units=8, adjacency=groups.adjacency)
    >>> pool = STPool(cell, groups, s=2, return_state=True)
    >>> x = np.ones((4, 3, 3, 1), dtype="float32")
    >>> y, state = pool(x)
    >>> tuple(y.shape), tuple(state.shape)
    ((4, 3, 2, 8), (4, 2, 2, 8))
    """

    def __init__(
        self,
        cell,
        partition=None,
        s=2,
        reduce="mean",
        return_state=False,
        partition_size=None,
        **kwargs,
    ):
        super().__init__(autocast=False, **kwargs)
        self.pool = GraphPool(
            partition,
            reduce,
            partition_size,
            dtype=self.dtype_policy,
            name="pool",
        )
        self.rnn = DilatedRNN(
            cell,
            s,
            return_state=return_state,
            dtype=self.dtype_policy,
            name="rnn",
        )

    def build(self, inputs_shape, initial_state_shape=None):
        self.rnn.build(self.pool.compute_output_shape(inputs_shape))

    def call(self, inputs, initial_state=None, training=None):
        pooled = self.pool(inputs)  # (B, T, N', F)
        return self.rnn(pooled, initial_state=initial_state, training=training)

    def compute_output_shape(self, inputs_shape, initial_state_shape=None):
        return self.rnn.compute_output_shape(
            self.pool.compute_output_shape(inputs_shape)
        )

    def compute_output_spec(self, inputs, initial_state=None, training=None):
        pooled = self.pool.compute_output_shape(inputs.shape)
        return self.rnn.compute_output_spec(keras.KerasTensor(pooled))

    def get_config(self):
        rnn, pool = self.rnn.get_config(), self.pool.get_config()
        return {
            **super().get_config(),
            "cell": rnn["cell"],
            "partition": None,
            "s": rnn["dilation"],
            "reduce": pool["reduce"],
            "return_state": rnn["return_state"],
            "partition_size": pool["partition_size"],
        }

    @classmethod
    def from_config(cls, config):
        config = dict(config)
        cell = keras.saving.deserialize_keras_object(config.pop("cell"))
        return cls(cell, **config)
