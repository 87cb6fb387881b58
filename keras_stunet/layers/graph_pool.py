"""The spatial half of ST-Pool: from nodes to super nodes."""

import keras
from keras import ops

from keras_stunet.checks import check_choice
from keras_stunet.layers.graph_weights import GraphWeights
from keras_stunet.layers.graph_weights import check_nodes
from keras_stunet.layers.graph_weights import check_one_source
from keras_stunet.layers.node_groups import over_nodes_first
from keras_stunet.layers.node_groups import sum_groups

REDUCTIONS = ("mean", "max")


@keras.saving.register_keras_serializable(package="keras_stunet")
class GraphPool(GraphWeights):
    """Mean or maximum over the members of each super node.

    `y_a = mean_{i in a} x_i`, or `max_{i in a} x_i`, feature by feature
    (ST-UNet, Eq. 5 and 6). The members are exactly the nodes of the
    partition: no fake nodes are added, so that a maximum of negative
    features is right, and a super node of one node keeps its values.

    Args:
        partition: A `keras_stunet.Partition`; saved as a weight, `None` in
            the config.
        reduce: `"mean"` or `"max"`.
        partition_size: Sizes of a partition that is loaded later; only in
            configs.

    Input shape: `(..., N, F)`.

    Output shape: `(..., N', F)`.

    Raises:
        ValueError: For an unknown `reduce`, an input with another number of
            nodes, or a partition that was never set.

    Example:
    >>> import numpy as np
    >>> from keras_stunet import partition
    >>> path = [[0, 3, 0], [3, 0, 1], [0, 1, 0]]  # nodes 0 and 1 merge
    >>> x = np.array([[1.0], [3.0], [-5.0]], dtype="float32")
    >>> np.array(GraphPool(partition(path, p=1))(x)).tolist()
    [[2.0], [-5.0]]
    """

    def __init__(
        self, partition=None, reduce="mean", partition_size=None, **kwargs
    ):
        check_choice("reduce", reduce, REDUCTIONS)
        check_one_source(
            partition, partition_size, "partition", "partition_size"
        )
        values = None
        if partition is not None:
            values = {"labels": partition.labels, "sizes": partition.sizes}
            partition_size = {
                "nodes": partition.num_nodes,
                "super_nodes": partition.num_super_nodes,
            }
        super().__init__(values, **kwargs)
        self.reduce = reduce
        self.partition_size = dict(partition_size)
        self.build()

    def build(self, input_shape=None):
        """Create the weights of the partition."""
        if self.built:
            return
        self.built = True
        size = self.partition_size
        self.labels = self.add_graph_weight("labels", (size["nodes"],), "int32")
        self.sizes = self.add_graph_weight(
            "sizes", (size["super_nodes"],), "int32"
        )

    def call(self, x):
        check_nodes(x.shape, self.partition_size["nodes"], self)
        self.check_graph()
        groups = self.partition_size["super_nodes"]
        if self.reduce == "max":
            return over_nodes_first(
                x, lambda first: ops.segment_max(first, self.labels, groups)
            )  # (..., N', F)
        total = sum_groups(x, self.labels, groups)  # (..., N', F)
        return total / ops.cast(self.sizes, x.dtype)[:, None]

    def compute_output_shape(self, input_shape):
        check_nodes(input_shape, self.partition_size["nodes"], self)
        groups = self.partition_size["super_nodes"]
        return (*input_shape[:-2], groups, input_shape[-1])

    def get_config(self):
        return {
            **super().get_config(),
            "partition": None,
            "reduce": self.reduce,
            "partition_size": self.partition_size,
        }
