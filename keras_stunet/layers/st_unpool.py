"""ST-Unpool: back to the fine graph and to regular time."""

import keras
from keras import ops

from keras_stunet.layers.dilated_rnn import DilatedRNN
from keras_stunet.layers.graph_unpool import GraphUnpool


@keras.saving.register_keras_serializable(package="keras_stunet")
class STUnpool(keras.layers.Layer):
    """Spatio-temporal unpooling: members, skip connection, plain recurrence.

    ST-UNet, section 3.3 and 3.4: the coarse features go back to the nodes of
    the fine graph (`GraphUnpool`), are concatenated with the features of the
    contracting side at the same level, and run through a recurrence without
    dilation.

    Args:
        cell: Recurrent cell on the fine graph, e.g. `GCGRUCell(units,
            adjacency=adj)`.
        partition: The `keras_stunet.Partition` that the pooling used; saved
            as weights, `None` in the config.
        upsampling: `"copy"`, `"ordered"` or `"weighted"`.
        return_sequences: Whether to return the outputs of all steps or of
            the last one.
        return_state: Whether to return the last state as well.
        partition_size: Sizes of a partition that is loaded later; only in
            configs.

    Call arguments:
        inputs: List of coarse `(B, T, N', C)` and skip `(B, T, N, F)`; a
            single step is `T = 1`.
        initial_state: As in `DilatedRNN`: the last state, `(B, 1, N, U)`.

    Returns:
        `(B, T, N, U)`, or `(B, N, U)` without `return_sequences`; with
        `return_state` a tuple of it and the states, `(B, 1, N, U)`.

    Raises:
        ValueError: As `GraphUnpool` and `DilatedRNN`.

    Example:
    >>> import numpy as np
    >>> from keras_stunet import partition
    >>> from keras_stunet.layers import GCGRUCell
    >>> path = [[0, 3, 0], [3, 0, 1], [0, 1, 0]]  # nodes 0 and 1 merge
    >>> unpool = STUnpool(GCGRUCell(8, adjacency=path), partition(path, p=1))
    >>> coarse = np.ones((4, 3, 2, 8), dtype="float32")
    >>> skip = np.ones((4, 3, 3, 1), dtype="float32")
    >>> tuple(unpool([coarse, skip]).shape)
    (4, 3, 3, 8)
    """

    def __init__(
        self,
        cell,
        partition=None,
        upsampling="copy",
        return_sequences=True,
        return_state=False,
        partition_size=None,
        **kwargs,
    ):
        super().__init__(autocast=False, **kwargs)
        self.unpool = GraphUnpool(
            partition,
            upsampling,
            partition_size,
            dtype=self.dtype_policy,
            name="unpool",
        )
        self.rnn = DilatedRNN(
            cell,
            return_sequences=return_sequences,
            return_state=return_state,
            dtype=self.dtype_policy,
            name="rnn",
        )

    def _merged_shape(self, inputs_shape):
        coarse, skip = inputs_shape
        up = self.unpool.compute_output_shape(coarse)
        if any(
            a != b and None not in (a, b)
            for a, b in zip(up[:-1], skip[:-1], strict=False)
        ) or len(up) != len(skip):
            raise ValueError(
                f"The inputs of layer {self.name!r} have shapes "
                f"{tuple(coarse)} (coarse) and {tuple(skip)} (skip); expected "
                f"a skip of shape {(*up[:-1], None)} for this coarse input."
            )
        return (*skip[:-1], up[-1] + skip[-1])

    def build(self, inputs_shape, initial_state_shape=None):
        self.unpool.build(inputs_shape[0])
        self.rnn.build(self._merged_shape(inputs_shape))

    def call(self, inputs, initial_state=None, training=None):
        coarse, skip = inputs
        up = self.unpool(coarse)  # (B, T, N, C)
        skip = ops.cast(skip, self.compute_dtype)
        merged = ops.concatenate([up, skip], axis=-1)  # (B, T, N, C + F)
        return self.rnn(merged, initial_state=initial_state, training=training)

    def compute_output_shape(self, inputs_shape, initial_state_shape=None):
        merged = self._merged_shape(inputs_shape)
        return self.rnn.compute_output_shape(merged)

    def compute_output_spec(self, inputs, initial_state=None, training=None):
        merged = self._merged_shape([part.shape for part in inputs])
        return self.rnn.compute_output_spec(keras.KerasTensor(merged))

    def get_config(self):
        rnn, unpool = self.rnn.get_config(), self.unpool.get_config()
        return {
            **super().get_config(),
            "cell": rnn["cell"],
            "partition": None,
            "upsampling": unpool["upsampling"],
            "return_sequences": rnn["return_sequences"],
            "return_state": rnn["return_state"],
            "partition_size": unpool["partition_size"],
        }

    @classmethod
    def from_config(cls, config):
        config = dict(config)
        cell = keras.saving.deserialize_keras_object(config.pop("cell"))
        return cls(cell, **config)
