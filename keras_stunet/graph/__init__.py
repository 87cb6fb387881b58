"""Graphs as explicit data: weights, Laplacians, matchings, partitions.

Everything here is a pure function of NumPy arrays or `scipy.sparse`
matrices, deterministic, and free of Keras. Dense and sparse input are
accepted alike, and the answer comes back in the kind that went in.
"""

from keras_stunet.graph.adjacency import gaussian_adjacency
from keras_stunet.graph.adjacency import symmetrise
from keras_stunet.graph.chebyshev import chebyshev_basis
from keras_stunet.graph.checks import check_adjacency
from keras_stunet.graph.correlation import correlation_adjacency
from keras_stunet.graph.is_matching import is_matching
from keras_stunet.graph.is_matching import is_maximal_matching
from keras_stunet.graph.laplacian import largest_eigenvalue
from keras_stunet.graph.laplacian import normalised_laplacian
from keras_stunet.graph.laplacian import rescaled_laplacian
from keras_stunet.graph.matching import exact_matching
from keras_stunet.graph.matching import gpa_matching
from keras_stunet.graph.matching import path_growing_matching
from keras_stunet.graph.members import member_structure
from keras_stunet.graph.members import rank_members
from keras_stunet.graph.nearest_neighbours import neighbour_adjacency
from keras_stunet.graph.partition import Partition
from keras_stunet.graph.partition import coarsen
from keras_stunet.graph.partition import connected_components
from keras_stunet.graph.partition import is_partition
from keras_stunet.graph.partition import partition
from keras_stunet.graph.path_matching import path_matching
from keras_stunet.graph.pixel_grid import pixel_grid
from keras_stunet.graph.random_walk import random_walk
from keras_stunet.graph.random_walk import with_self_loops

__all__ = [
    "Partition",
    "chebyshev_basis",
    "check_adjacency",
    "coarsen",
    "connected_components",
    "correlation_adjacency",
    "exact_matching",
    "gaussian_adjacency",
    "gpa_matching",
    "is_matching",
    "is_maximal_matching",
    "is_partition",
    "largest_eigenvalue",
    "member_structure",
    "neighbour_adjacency",
    "normalised_laplacian",
    "partition",
    "path_growing_matching",
    "path_matching",
    "pixel_grid",
    "random_walk",
    "rank_members",
    "rescaled_laplacian",
    "symmetrise",
    "with_self_loops",
]
