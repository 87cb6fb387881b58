"""The spatial half of ST-Unpool: from super nodes back to their members."""

import keras
from keras import ops

from keras_stunet.checks import check_choice
from keras_stunet.graph import member_structure
from keras_stunet.graph import rank_members
from keras_stunet.layers.dense_product import add_bias
from keras_stunet.layers.dense_product import dense_product
from keras_stunet.layers.graph_weights import GraphWeights
from keras_stunet.layers.graph_weights import check_nodes
from keras_stunet.layers.graph_weights import check_one_source
from keras_stunet.layers.node_groups import spread_groups
from keras_stunet.layers.rounding import matrix_product

UPSAMPLINGS = ("copy", "ordered", "weighted")


@keras.saving.register_keras_serializable(package="keras_stunet")
class GraphUnpool(GraphWeights):
    """Upsampling by the reversed mapping of a partition.

    ST-UNet, section 3.3, for node i with super node f(i):

    - `"copy"` (direct copy): `y_i = x_{f(i)}`.
    - `"ordered"` (ordered deconvolution): `y_i = x_{f(i)} W_r + b_r`, with r
      the rank of i by weighted degree among the members of f(i), highest
      first; the taps `W_r` are shared by all super nodes.
    - `"weighted"` (weighted deconvolution):
      `y_i = [x_{f(i)} W_r + b_r ; s_i] V`. The paper leaves the structural
      vector `s_i` open; here it is row i of the weights inside the super
      node, columns in rank order, padded with zeros.

    Args:
        partition: A `keras_stunet.Partition`; saved as weights, `None` in
            the config.
        upsampling: `"copy"`, `"ordered"` or `"weighted"`.
        partition_size: Sizes of a partition that is loaded later; only in
            configs.

    Input shape: `(..., N', F)`.

    Output shape: `(..., N, F)`.

    Raises:
        ValueError: For an unknown `upsampling`, an input with another number
            of super nodes, or a partition that was never set.

    Example:
    >>> import numpy as np
    >>> from keras_stunet import partition
    >>> path = [[0, 3, 0], [3, 0, 1], [0, 1, 0]]  # nodes 0 and 1 merge
    >>> x = np.array([[2.0], [-5.0]], dtype="float32")
    >>> np.array(GraphUnpool(partition(path, p=1))(x)).tolist()
    [[2.0], [2.0], [-5.0]]
    """

    def __init__(
        self, partition=None, upsampling="copy", partition_size=None, **kwargs
    ):
        check_choice("upsampling", upsampling, UPSAMPLINGS)
        check_one_source(
            partition, partition_size, "partition", "partition_size"
        )
        values = None
        if partition is not None:
            values = {"labels": partition.labels}
            partition_size = {
                "nodes": partition.num_nodes,
                "super_nodes": partition.num_super_nodes,
                "members": int(partition.sizes.max()),
            }
            if upsampling != "copy":
                values["ranks"] = rank_members(partition.graph, partition)
            if upsampling == "weighted":
                values["structure"] = member_structure(
                    partition.graph, partition
                )
        super().__init__(values, **kwargs)
        self.upsampling = upsampling
        self.partition_size = dict(partition_size)
        size = (self.partition_size["nodes"],)
        self.labels = self.add_graph_weight("labels", size, "int32")
        if upsampling != "copy":
            self.ranks = self.add_graph_weight("ranks", size, "int32")
        if upsampling == "weighted":
            size = (*size, self.partition_size["members"])
            self.structure = self.add_graph_weight("structure", size)

    def build(self, input_shape):
        if self.upsampling == "copy":
            return
        features, members = input_shape[-1], self.partition_size["members"]
        self.kernel = self.add_weight(
            shape=(features, members * features),
            # Glorot's fans of one tap, not of all taps side by side.
            initializer=keras.initializers.RandomUniform(
                -((3 / features) ** 0.5), (3 / features) ** 0.5
            ),
            name="kernel",
        )
        self.bias = self.add_weight(
            shape=(members * features,), initializer="zeros", name="bias"
        )
        if self.upsampling == "weighted":
            self.mixing = self.add_weight(
                shape=(features + members, features),
                initializer="glorot_uniform",
                name="mixing",
            )

    def call(self, x):
        nodes, groups = (
            self.partition_size[key] for key in ("nodes", "super_nodes")
        )
        check_nodes(x.shape, groups, self, "super nodes")
        self.check_graph()
        if self.upsampling == "copy":
            return spread_groups(x, self.labels, nodes)  # (..., N, F)
        features, members = x.shape[-1], self.partition_size["members"]
        taps = dense_product(x, self.kernel)  # (..., N', M * F)
        taps = add_bias(taps, self.bias)
        lead = [-1 if size is None else size for size in x.shape[:-2]]
        if lead.count(-1) > 1:
            lead = list(ops.shape(x)[:-2])
        taps = ops.reshape(taps, (*lead, groups * members, features))
        slots = self.labels * members + self.ranks
        y = spread_groups(taps, slots, nodes)  # (..., N, F)
        if self.upsampling == "ordered":
            return y
        # [y ; s] V = y V_1 + s V_2, and s V_2 is the same at every step
        V_1, V_2 = ops.split(self.mixing, [features], axis=0)
        structure = ops.cast(self.structure, x.dtype)
        inside = matrix_product(structure, V_2)  # (N, F)
        return add_bias(dense_product(y, V_1), inside)

    def compute_output_shape(self, input_shape):
        nodes, groups = (
            self.partition_size[key] for key in ("nodes", "super_nodes")
        )
        check_nodes(input_shape, groups, self, "super nodes")
        return (*input_shape[:-2], nodes, input_shape[-1])

    def get_config(self):
        return {
            **super().get_config(),
            "partition": None,
            "upsampling": self.upsampling,
            "partition_size": self.partition_size,
        }
