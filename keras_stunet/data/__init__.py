"""Series, windows and batches: from one array of readings to model inputs."""

from keras_stunet.data.batches import WindowBatches
from keras_stunet.data.batches import to_tf_data
from keras_stunet.data.catalog import load_series
from keras_stunet.data.protocols import PROTOCOLS
from keras_stunet.data.protocols import Protocol
from keras_stunet.data.protocols import day_split
from keras_stunet.data.protocols import find_protocol
from keras_stunet.data.protocols import window_split
from keras_stunet.data.readers.from_arrays import from_arrays
from keras_stunet.data.readers.graphs import GraphFile
from keras_stunet.data.readers.graphs import read_graph
from keras_stunet.data.readers.resample import time_grid
from keras_stunet.data.readers.series_files import describe_series
from keras_stunet.data.readers.series_files import read_series
from keras_stunet.data.readers.values import read_values
from keras_stunet.data.series import Series
from keras_stunet.data.splits import Splits
from keras_stunet.data.splits import make_windows
from keras_stunet.data.windows import Windows

__all__ = [
    "GraphFile",
    "PROTOCOLS",
    "Protocol",
    "Series",
    "Splits",
    "WindowBatches",
    "Windows",
    "day_split",
    "describe_series",
    "find_protocol",
    "from_arrays",
    "load_series",
    "make_windows",
    "read_graph",
    "read_series",
    "read_values",
    "time_grid",
    "to_tf_data",
    "window_split",
]
