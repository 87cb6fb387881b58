"""Hyper-parameter search for the systems of the zoo.

Spaces are data in `spaces/`. `keras_stunet.tuning.grid_search.grid_search`
runs their points, each once however often it is killed, in one process or in
several; `write_report` reads what was found, also while the search runs.
"""

from keras_stunet.tuning.report import write_report
from keras_stunet.tuning.space import Space
from keras_stunet.tuning.space import nearest_first
from keras_stunet.tuning.space import read_spaces

__all__ = ["Space", "nearest_first", "read_spaces", "write_report"]
