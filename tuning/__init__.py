"""Hyper-parameter search for the systems of the zoo.

Spaces are data in `spaces/`. `keras_stunet.tuning.grid_search.grid_search`
runs their points, each once however often it is killed, in one process or in
several; `write_report` reads what was found, also while the search runs.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "report": ["write_report"],
        "space": ["Space", "nearest_first", "read_spaces"],
    },
)
