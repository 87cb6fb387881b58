"""Keras layers on graphs; see each class for its equation and shapes."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "adaptive_diffusion": ["AdaptiveDiffusion"],
        "cheb_conv": ["ChebConv"],
        "dcgru_cell": ["DCGRUCell"],
        "diffusion_operator": ["DiffusionOperator"],
        "dilated_rnn": ["DilatedRNN"],
        "first_order_conv": ["FirstOrderConv"],
        "gcgru_cell": ["GCGRUCell"],
        "graph_operator": ["GraphOperator"],
        "graph_pool": ["GraphPool"],
        "graph_unpool": ["GraphUnpool"],
        "identities": ["Identities"],
        "identity_vectors": ["IdentityVectors"],
        "learned_graph": ["LearnedGraph"],
        "ordered_quantiles": ["OrderedQuantiles"],
        "pointwise_dense": ["PointwiseDense"],
        "relaxation": ["Relaxation"],
        "scaling": ["Denormalise", "Normalise"],
        "st_pool": ["STPool"],
        "st_unpool": ["STUnpool"],
        "temporal_conv": ["TemporalConv"],
    },
)

# Last: importing Keras registers what the names above stand for.
import keras_stunet.backend  # noqa: E402, F401
