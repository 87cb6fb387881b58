"""The graph inside a layer: Chebyshev terms of a signal, on three paths."""

import keras
import scipy.sparse as sp
from keras import ops

from keras_stunet.checks import check_choice
from keras_stunet.checks import check_count
from keras_stunet.graph import check_adjacency
from keras_stunet.graph import rescaled_laplacian
from keras_stunet.layers.graph_paths import PROPAGATIONS
from keras_stunet.layers.graph_paths import road_values
from keras_stunet.layers.graph_weights import GraphWeights
from keras_stunet.layers.graph_weights import check_nodes
from keras_stunet.layers.graph_weights import check_one_source
from keras_stunet.layers.neighbour_lists import cut
from keras_stunet.layers.neighbour_lists import multiply
from keras_stunet.layers.node_groups import over_nodes_first
from keras_stunet.layers.rounding import matrix_product
from keras_stunet.layers.spectral_basis import SpectralBasis
from keras_stunet.layers.spectral_basis import basis_shapes


@keras.saving.register_keras_serializable(package="keras_stunet")
class GraphOperator(GraphWeights):
    """Chebyshev terms `T_0(L~) x ... T_{K-1}(L~) x` of a graph signal.

    `L~ = 2 L / lambda_max - I` is the rescaled normalised Laplacian, and
    `T_k = 2 L~ T_{k-1} - T_{k-2}` with `T_0 = I`, `T_1 = L~` (ST-UNet, Eq. 2).

    Three paths give the same terms:

    - dense: the rows of `T_1 ... T_{K-1}` interleaved as one `(N (K-1), N)`
      matrix, computed beforehand in float64, so that all terms cost one
      matrix product and come out of it side by side. `T_0` is never
      multiplied.
    - edges: the recursion itself, with `L~ x` gathered along the lists of
      each node's neighbours (`neighbour_lists`). No array of size N x N
      exists on this path, and nothing is kept for its gradient.
    - spectral: `T_k(L~) x = V T_k(diag(lambda)) V^T x`, with the eigenvectors
      V of each component of the graph by itself, computed beforehand in
      float64. A recurrent cell (`GCGRUCell`) needs no terms on this path but
      one small kernel an eigenvalue, see there.

    The graph lives in non-trainable weights. It is saved with them and not
    in the config: `adjacency` comes back as `None`, its sizes as
    `graph_size`. A layer made from such a config raises an error until weights
    are loaded.

    Args:
        K: Number of Chebyshev terms, at least 1. `K=1` uses no graph.
        adjacency: `(N, N)` symmetric non-negative weights, dense or
            `scipy.sparse`; or `None` (see above). It may be all zero, as a
            coarsened graph can be: then `L~ = -I`.
        propagation: `"dense"`, `"edges"`, `"spectral"`, or `"auto"`: edges
            where fewer than 0.5 % of `L~` are non-zero, where they were
            faster on two CPU cores on each backend tried, else dense. On JAX
            edges are up to 2 % and more, but the program takes longer to
            compile. The eigenvectors of `"spectral"` take a time that grows
            with the cube of the nodes of the largest component.
        graph_size: Sizes of a graph that is to be loaded, as `get_config`
            gives them. Not to be given beside `adjacency`.

    Input shape: `(..., N, F)`.

    Output shape: `(..., N, K * F)`, term by term.

    Raises:
        ValueError: For a bad adjacency, `K`, `propagation`, another number
            of nodes than `N`, or a graph that was never set.

    Example:
    >>> import numpy as np
    >>> terms = GraphOperator(2, adjacency=[[0, 1], [1, 0]])
    >>> x = np.array([[3.0], [5.0]], dtype="float32")
    >>> np.array(terms(x)).tolist()  # x beside L~ x, L~ = [[0, -1], [-1, 0]]
    [[3.0, -5.0], [5.0, -3.0]]
    """

    # With `supports`, what a subclass on other matrices replaces.
    num_supports = 1
    symmetric = True

    def __init__(
        self,
        K=3,
        adjacency=None,
        propagation="auto",
        graph_size=None,
        **kwargs,
    ):
        K = check_count("K", K, 1)
        check_choice("propagation", propagation, PROPAGATIONS)
        if propagation == "spectral" and not self.symmetric:
            raise ValueError(
                f'`propagation` is "spectral" in a {type(self).__name__}, '
                "whose matrices are not symmetric and have no orthogonal "
                'eigenvectors; expected "auto", "dense" or "edges".'
            )
        check_one_source(adjacency, graph_size, "adjacency", "graph_size")
        values = None
        if adjacency is not None:
            matrices = self.supports(adjacency)
            values, graph_size = road_values(
                matrices, K, propagation, self.symmetric
            )
        super().__init__(values, **kwargs)
        self.K = K
        self.propagation = propagation
        self.graph_size = dict(graph_size)
        self.build()

    @staticmethod
    def supports(adjacency):
        """The `num_supports` sparse matrices whose polynomials are the terms.

        They have equally many non-zeros, and are symmetric where the class
        says so.
        """
        adjacency = check_adjacency(adjacency)
        return [rescaled_laplacian(sp.csr_array(adjacency))]

    @property
    def num_terms(self):
        """Number of terms: the signal itself, and K-1 of each support."""
        return 1 + self.num_supports * (self.K - 1)

    @property
    def num_nodes(self):
        """Number of nodes N."""
        return self.graph_size["nodes"]

    @property
    def on_edges(self):
        """Whether the sparse path is taken."""
        return self.graph_size["edges"] is not None

    @property
    def on_spectrum(self):
        """Whether the spectral path is taken; with `K=1` none is."""
        return self.K > 1 and "blocks" in self.graph_size

    def build(self, input_shape=None):
        """Create the graph weights: NaN and -1 where no graph was given."""
        if self.built:
            return
        self.built = True
        nodes, edges = self.num_nodes, self.graph_size["edges"]
        if self.K == 1:
            return
        if self.on_spectrum:
            shapes = basis_shapes(nodes, self.K, self.graph_size["blocks"])
            self.spectrum = {
                name: self.add_graph_weight(name, *shape)
                for name, shape in shapes.items()
            }
            return
        if not self.on_edges:
            shape = (nodes, self.num_terms - 1, nodes)
            self.basis = self.add_graph_weight("basis", shape)
            return
        slots = (sum(_slots(blocks) for blocks in edges),)
        self.edge_source = self.add_graph_weight("edge_source", slots, "int32")
        self.edge_weight = self.add_graph_weight("edge_weight", slots)
        places = (len(edges), nodes)
        self.edge_place = self.add_graph_weight("edge_place", places, "int32")

    def call(self, x):
        check_nodes(x.shape, self.num_nodes, self)
        self.check_graph()
        if self.K == 1:
            return x
        if self.on_edges:
            # Nodes first, so that a gathered row is one contiguous piece.
            return over_nodes_first(x, self._edge_terms)
        if self.on_spectrum:
            return over_nodes_first(x, self.spectral_basis(x.dtype).terms)
        return self._dense_terms(x)  # (..., N, M * F), M terms

    def _dense_terms(self, x):
        basis = ops.cast(self.basis, x.dtype)  # (N, M-1, N)
        basis = ops.reshape(basis, (-1, self.num_nodes))  # (N (M-1), N)
        higher = matrix_product(basis, x)  # (..., N (M-1), F)
        # Rows of a node are neighbours, so this only renames the axes.
        shape = (*ops.shape(x)[:-1], (self.num_terms - 1) * x.shape[-1])
        higher = ops.reshape(higher, shape)  # (..., N, (M-1) F)
        return ops.concatenate([x, higher], axis=-1)

    def _edge_terms(self, first):
        terms = [first]
        for forward, transposed in self._edge_supports():
            before, now = first, multiply(first, forward, transposed)
            terms.append(now)
            for _ in range(2, self.K):
                after = 2 * multiply(now, forward, transposed) - before
                terms.append(after)
                before, now = now, after
        return ops.concatenate(terms, axis=-1)  # (N, ..., M * F)

    def _edge_supports(self):
        # The lists of each support, beside those of its transpose.
        blocks = [tuple(map(tuple, each)) for each in self.graph_size["edges"]]
        sizes = [_slots(each) for each in blocks]
        lists = zip(
            cut(ops.convert_to_tensor(self.edge_source), sizes),
            cut(ops.convert_to_tensor(self.edge_weight), sizes),
            ops.unstack(ops.convert_to_tensor(self.edge_place)),
            blocks,
            strict=True,
        )
        lists = list(lists)
        if self.symmetric:
            return [(each, each) for each in lists]
        return list(zip(lists[::2], lists[1::2], strict=True))

    def spectral_basis(self, dtype):
        """The `SpectralBasis` of this graph, with products in this dtype."""
        self.check_graph()
        values = {
            name: ops.convert_to_tensor(weight)
            for name, weight in self.spectrum.items()
        }
        return SpectralBasis(values, self.graph_size["blocks"], dtype)

    def compute_output_shape(self, input_shape):
        check_nodes(input_shape, self.num_nodes, self)
        return (*input_shape[:-1], self.num_terms * input_shape[-1])

    def get_config(self):
        return {
            **super().get_config(),
            "K": self.K,
            "adjacency": None,
            "propagation": self.propagation,
            "graph_size": self.graph_size,
        }


def _slots(blocks):
    return sum(rows * width for rows, width in blocks)
