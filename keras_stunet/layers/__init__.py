"""Keras layers on graphs; see each class for its equation and shapes."""

from keras_stunet.layers.cheb_conv import ChebConv
from keras_stunet.layers.dcgru_cell import DCGRUCell
from keras_stunet.layers.diffusion_operator import DiffusionOperator
from keras_stunet.layers.dilated_rnn import DilatedRNN
from keras_stunet.layers.first_order_conv import FirstOrderConv
from keras_stunet.layers.gcgru_cell import GCGRUCell
from keras_stunet.layers.graph_operator import GraphOperator
from keras_stunet.layers.graph_pool import GraphPool
from keras_stunet.layers.graph_unpool import GraphUnpool
from keras_stunet.layers.pointwise_dense import PointwiseDense
from keras_stunet.layers.scaling import Denormalise
from keras_stunet.layers.scaling import Normalise
from keras_stunet.layers.st_pool import STPool
from keras_stunet.layers.st_unpool import STUnpool
from keras_stunet.layers.temporal_conv import TemporalConv

__all__ = [
    "ChebConv",
    "DCGRUCell",
    "Denormalise",
    "DiffusionOperator",
    "DilatedRNN",
    "FirstOrderConv",
    "GCGRUCell",
    "GraphOperator",
    "GraphPool",
    "GraphUnpool",
    "Normalise",
    "PointwiseDense",
    "STPool",
    "STUnpool",
    "TemporalConv",
]
